import ArgumentParser
import NestKVStorage
import TestSupport
import Testing

@testable import nestkv

/// What `--help` prints, beside the program and its documents.
@Suite(.timeLimit(.minutes(1)))
struct CommandHelpTests {
    /// All commands, those of a group instead of the group.
    private static let commands = Root.configuration.subcommands.flatMap { command in
        command.configuration.subcommands.isEmpty ? [command] : command.configuration.subcommands
    }

    /// The lines `nestkv …` at the end of a command's help.
    private static func examples(of command: any ParsableCommand.Type) -> [String] {
        command.configuration.discussion.split(separator: "\n").filter { $0.hasPrefix("  nestkv ") }.map(String.init)
    }

    /// The words of a line as a shell splits it: at spaces, unless they are between single quotes.
    private static func words(_ line: String) -> [String] {
        var words = [""]
        var isQuoted = false
        for character in line {
            switch character {
            case "'": isQuoted.toggle()
            case " " where !isQuoted: words.append("")
            default: words[words.endIndex - 1].append(character)
            }
        }
        return words.filter { !$0.isEmpty }
    }

    @Test func `each command's help ends with one to three examples that it accepts`() throws {
        for command in Self.commands {
            let examples = Self.examples(of: command)
            #expect((1...3).contains(examples.count), "\(command) has \(examples.count) examples")
            for example in examples {
                let words = Self.words(example).dropFirst()
                #expect(throws: Never.self, "\(example)") {
                    let parsed = try Root.parseAsRoot(Array(words))
                    #expect(type(of: parsed) == command, "\(example)")
                }
            }
        }
    }

    @Test func `the help of each command fits two screens, and its lines 100 columns`() throws {
        for command in [Root.self] + Self.commands {
            let lines = Root.helpMessage(for: command, columns: 100).split(separator: "\n")
            #expect(lines.count <= 48, "\(command) has \(lines.count) lines")
            for line in lines where line.count > 100 && !line.hasPrefix("USAGE:") {
                Issue.record("\(command): \(line.count) columns: \(line)")
            }
            // The generator of the man page drops other characters.
            for line in lines where !line.utf8.allSatisfy({ $0 < 0x80 }) { Issue.record("\(command): \(line)") }
        }
    }

    @Test func `all settings are options of serve, and its help hides only the rare ones`() throws {
        let all = Root.helpMessage(for: Serve.self, includeHidden: true)
        let short = Root.helpMessage(for: Serve.self)
        for setting in SettingTable.shared.all {
            let option = "--\(setting.name) <\(setting.valueName)>"
            #expect(all.contains(option), "--help-hidden lacks \(option)")
            #expect(short.contains(option) == !setting.isRare, "\(option)")
            let given = try Serve.parse(["--\(setting.name)", "7"]).given
            #expect(given == [setting.name: "7"])
        }
    }

    @Test func `an option of several commands has one meaning`() throws {
        var meanings: [String: [String: String]] = [:]
        for command in Self.commands {
            let help = Root.helpMessage(for: command, includeHidden: true, columns: 200)
            for match in help.matches(of: /(?m)^ +(?:-\w, )?(--[\w-]+)(?: <[^>]+>)?\s{2,}(.*)$/) {
                meanings[String(match.1), default: [:]]["\(command)"] = String(match.2)
            }
        }
        #expect(meanings.count > 50, "the help isn't understood")
        let differing = Set(meanings.filter { Set($0.value.values).count > 1 }.keys)
        // These have one meaning in different words: a destination, a source, a store, a server, a filter.
        let known: Set = [
            "--to", "--from", "--store", "--server", "--timeout", "--tag", "--pattern", "--leaf", "--quiet",
            "--keep-going",
        ]
        #expect(differing.subtracting(known).isEmpty, "\(differing.subtracting(known).map { meanings[$0] ?? [:] })")
    }

    @Test func `help stores lists what each driver accepts`() async throws {
        let help = try await ServiceProcess.run(["help", "stores"])
        #expect(help.status == .exit(0))
        #expect(help.output == Stores.text(of: drivers))
        #expect(try await ServiceProcess.run(["stores"]).output == help.output)
        for line in help.output.split(separator: "\n") { #expect(line.count <= 100, "\(line)") }
        for driver in drivers {
            #expect(help.output.contains(driver.form))
            let url = try StoreURL("\(driver.scheme)://localhost?no-such=1")
            let unknown = await #expect(throws: DriverError.self) {
                try await driver.open(url, DriverOptions(logger: .init(label: "test")))
            }
            for parameter in driver.parameters {
                #expect(unknown?.message.contains(parameter.name) ?? false, "\(driver.scheme): \(parameter.name)")
            }
        }
    }

    @Test(arguments: ["rocksdb", "redis", "nats"])
    func `a store's page documents the parameters that its driver accepts`(_ scheme: String) throws {
        let driver = try #require(drivers.first { $0.scheme == scheme })
        let rows = try Document("docs/stores/\(scheme).md").table(from: "<!-- parameters:", to: "<!-- /parameters -->")
        var documented: [String: String] = [:]
        for cells in rows {
            let names = cells[0].split(separator: ", ").map { String($0.replacing("`", with: "")) }
            for name in names where !name.hasSuffix("@") { documented[name] = cells[1].replacing("`", with: "") }
        }
        #expect(documented == Dictionary(uniqueKeysWithValues: driver.parameters.map { ($0.name, $0.standard) }))
    }
}
