import ArgumentParser

#if canImport(Glibc)
    import Glibc
#endif

/// The command line: parses, runs, and ends with an exit code that scripts can use: 0 done, 1 it failed, 2 it was
/// called wrongly, 3 not found, 4 a condition failed.
enum App {
    /// The version of the program (semantic versioning).
    static let version = "0.1.0"

    static func main() async {
        StandardStream.secure()
        do {
            var command = try Root.parseAsRoot(withNegativeNumbers(CommandLine.arguments.dropFirst()))
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            end(with: error)
        }
    }

    /// The arguments with a number to write like `-5` behind `--`, where it is no option: none begins with a digit.
    private static func withNegativeNumbers(_ arguments: ArraySlice<String>) -> [String] {
        func isNumber(_ text: String) -> Bool {
            text.first == "-" && text.dropFirst().first.map { $0.isASCII && $0.isNumber } ?? false
        }
        guard let command = arguments.first, ["put", "patch"].contains(command), !arguments.contains("--"),
            arguments.contains(where: isNumber)
        else { return Array(arguments) }
        return arguments.filter { !isNumber($0) } + ["--"] + arguments.filter(isNumber)
    }

    private static func end(with error: any Error) -> Never {
        if let failure = error as? CommandFailure {
            StandardStream.error.write("nestkv: \(failure.message)\n")
            exit(failure.exitCode)
        }
        let code = Root.exitCode(for: error)
        var message = Root.fullMessage(for: error)
        if code == .validationFailure, message.contains("Unknown option"), message.contains("nestkv serve") {
            message += "\nKnown options: " + Setting.allCases.map { "--\($0.rawValue)" }.joined(separator: ", ") + "."
        }
        if !message.isEmpty { (code.isSuccess ? StandardStream.output : .error).write(message + "\n") }
        // ArgumentParser's code for a wrong call is sysexits' 64; scripts expect 2.
        exit(code == .validationFailure ? 2 : code.rawValue)
    }
}

/// `nestkv`.
struct Root: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nestkv",
        abstract: "Turns a key-value store into a live, versioned JSON tree over HTTP.",
        version: App.version,
        subcommands: [Serve.self, Health.self, RepairStore.self],
        groupedSubcommands: [
            CommandGroup(
                name: "Client",
                subcommands: [
                    Get.self, Put.self, Patch.self, Delete.self, List.self, Watch.self, History.self, Import.self,
                    Export.self,
                ]),
            CommandGroup(name: "Backups", subcommands: [BackUp.self, Backups.self, Restore.self]),
        ])
}

/// Why a command can't do what it is for: a message for who called it and the exit code.
struct CommandFailure: Error {
    let message: String
    let exitCode: Int32

    /// It was called wrongly.
    static func usage(_ message: String) -> CommandFailure { CommandFailure(message: message, exitCode: 2) }
    /// It can't run as things are.
    static func failure(_ message: String) -> CommandFailure { CommandFailure(message: message, exitCode: 1) }
    /// Nothing is there, or not any more.
    static func notFound(_ message: String) -> CommandFailure { CommandFailure(message: message, exitCode: 3) }
    /// A condition failed, or what is there is in the way.
    static func conflict(_ message: String) -> CommandFailure { CommandFailure(message: message, exitCode: 4) }
}
