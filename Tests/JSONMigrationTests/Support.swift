import JSONMigration
import MicroJSON
import Testing

/// A migration from its text.
func migration(_ text: String) throws -> Migration {
    try Migration(try JSONText(parsing: text))
}

/// Why a list of steps is refused.
func refusal(of text: String) throws -> MigrationProblem {
    try #require(throws: MigrationProblem.self, "\(text)") { _ = try migration(text) }
}

extension Migration {
    /// The document after all steps.
    func apply(to text: String) throws -> String {
        try apply(to: try JSONText(parsing: text)).description
    }
}
