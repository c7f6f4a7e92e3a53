import Logging
import NestKVAPI
import NestKVCore
import NestKVStorage
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
        let settings = SettingTable.shared.all.map {
            Documented(option: "--\($0.name)", variable: $0.variable, standard: $0.standard)
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
    @Test func `every default follows the grammar of its setting`() {
        #expect(SettingTable.shared.all.count > 30)
        for setting in SettingTable.shared.all { #expect(setting.takes(setting.standard), "\(setting.name)") }
    }

    @Test func `the defaults are those of the parts that they configure`() throws {
        let settings = Settings(arguments: [:], environment: [:])
        let limits = try App.storeLimits(settings)
        let standard = StoreLimits.standard
        #expect(limits.valueBytes == standard.valueBytes && limits.valueDepth == standard.valueDepth)
        #expect(limits.composedBytes == standard.composedBytes && limits.leaves == standard.leaves)
        #expect(limits.keys.segments == KeyLimits.standard.segments && limits.keys.bytes == KeyLimits.standard.bytes)
        #expect(limits.keys.entryPoints == KeyLimits.standard.entryPoints)
        let logger = Logger(label: "test")
        let options = try App.driverOptions(settings, keys: limits.keys, logger)
        let plain = DriverOptions(logger: logger)
        #expect(options.feedRetention == plain.feedRetention && options.historyDepth == plain.historyDepth)
        #expect(options.timeout == plain.timeout)
        let live = try App.liveLimits(settings)
        #expect(live.patterns == LiveLimits().patterns && live.bookmarkInterval == LiveLimits().bookmarkInterval)
    }
}
