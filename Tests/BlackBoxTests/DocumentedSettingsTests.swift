import TestSupport
import Testing

/// The table in docs/configuration.md beside what `nestkv serve --help` says.
@Suite(.timeLimit(.minutes(1)))
struct DocumentedSettingsTests {
    private struct Documented: Equatable, CustomStringConvertible {
        let option: String
        let variable: String
        let standard: String

        var description: String { "\(option) \(variable) '\(standard)'" }
    }

    @Test func `the documented settings are those of the program`() async throws {
        let help = try await ServiceProcess.run(["serve", "--help"])
        let words = help.output.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        let settings = words.matches(of: /(--\S+) <value> .*?\((NESTKV_\w+)(?:; default: (.*?))?\)/).map {
            Documented(option: String($0.1), variable: String($0.2), standard: String($0.3 ?? ""))
        }
        let rows = try Document("docs/configuration.md").table(from: "<!-- settings:", to: "<!-- /settings -->")
        let documented = rows.map { cells in
            let plain = cells.map { $0.replacing("`", with: "") }
            return Documented(option: plain[0], variable: plain[1], standard: plain[2])
        }
        #expect(settings.count > 20, "the help isn't understood")
        for setting in settings where !documented.contains(setting) {
            Issue.record("docs/configuration.md has no row \(setting)")
        }
        for row in documented where !settings.contains(row) {
            Issue.record("docs/configuration.md has the row \(row), which is no setting")
        }
    }
}
