/// Why a command failed: a message for the user, and the exit code.
package struct CommandFailure: Error {
    package let message: String
    package let exitCode: Int32

    /// Invalid usage.
    package static func usage(_ message: String) -> CommandFailure { CommandFailure(message: message, exitCode: 2) }
    /// The command can't start or run.
    package static func failure(_ message: String) -> CommandFailure { CommandFailure(message: message, exitCode: 1) }
    /// There is no value, or it is no longer retained.
    package static func notFound(_ message: String) -> CommandFailure { CommandFailure(message: message, exitCode: 3) }
    /// A condition failed, or existing data prevents it.
    package static func conflict(_ message: String) -> CommandFailure { CommandFailure(message: message, exitCode: 4) }
}
