import ArgumentParser
import NestKVCommands

#if canImport(Glibc)
    import Glibc
#endif

/// The command line: parses the arguments, runs the command, and exits.
///
/// Scripts can use the exit code: 0 is success, 1 a failure, 2 invalid usage, 3 not found, 4 a failed condition.
enum Program {
    static func main() async {
        StandardStream.secure()
        do {
            let arguments = Array(CommandLine.arguments.dropFirst())
            guard arguments != ["--version"] else { return StandardStream.output.write(App.version + "\n") }
            let isAboutStores = arguments == ["help", "stores"]
            var command = try Root.parseAsRoot(isAboutStores ? ["stores"] : withNegativeNumbers(arguments))
            if var command = command as? any AsyncParsableCommand {
                try await command.run()
            } else {
                try command.run()
            }
        } catch {
            end(with: error)
        }
    }

    /// The arguments with a value like `-5` moved behind `--`, where it is not taken for an option.
    private static func withNegativeNumbers(_ arguments: [String]) -> [String] {
        func isNumber(_ text: String) -> Bool {
            text.first == "-" && text.dropFirst().first.map { $0.isASCII && $0.isNumber } ?? false
        }
        guard let command = arguments.first, ["put", "patch"].contains(command), !arguments.contains("--"),
            arguments.contains(where: isNumber)
        else { return arguments }
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
            message +=
                "\nKnown options: " + SettingTable.shared.all.map { "--\($0.name)" }.joined(separator: ", ") + "."
        }
        if !message.isEmpty { (code.isSuccess ? StandardStream.output : .error).write(message + "\n") }
        // ArgumentParser exits with 64 (sysexits.h) after invalid usage; scripts expect 2.
        exit(code == .validationFailure ? 2 : code.rawValue)
    }
}

/// `nestkv`.
struct Root: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "nestkv",
        abstract: "Serve a key-value store as a live, versioned JSON tree over HTTP.",
        // ArgumentParser would list an option --version in the help of every command; that of 'get' is another one.
        discussion: "'nestkv --version' prints the version.",
        subcommands: [Serve.self, Stores.self, Health.self, RepairStore.self],
        groupedSubcommands: [
            CommandGroup(name: "Client", subcommands: clientCommands),
            CommandGroup(name: "Backup", subcommands: [BackUp.self, Backups.self, Restore.self]),
        ])
}
