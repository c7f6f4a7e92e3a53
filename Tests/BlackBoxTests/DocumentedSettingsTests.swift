import Testing

@testable import nestkv

/// The table in docs/configuration.md beside the settings.
@Suite struct DocumentedSettingsTests {
    private struct Documented: Equatable, CustomStringConvertible {
        let option: String
        let variable: String
        let standard: String

        var description: String { "\(option) \(variable) '\(standard)'" }
    }

    @Test func `the documented settings are those of the program`() throws {
        let settings = Setting.allCases.map {
            Documented(option: "--\($0.rawValue)", variable: $0.variable, standard: $0.standard)
        }
        let rows = try Document("docs/configuration.md").table(from: "<!-- settings:", to: "<!-- /settings -->")
        let documented = rows.map { cells in
            let plain = cells.map { $0.replacing("`", with: "") }
            return Documented(option: plain[0], variable: plain[1], standard: plain[2])
        }
        for setting in settings where !documented.contains(setting) {
            Issue.record("docs/configuration.md has no row \(setting)")
        }
        for row in documented where !settings.contains(row) {
            Issue.record("docs/configuration.md has the row \(row), which is not a setting")
        }
    }
}
