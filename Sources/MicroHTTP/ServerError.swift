/// Why a server could not be started.
public struct ServerError: Error, Sendable, CustomStringConvertible {
    /// The kind of error.
    public enum Code: Sendable {
        case invalidConfiguration, invalidHost, addressInUse, addressNotAvailable, permissionDenied, system
    }

    /// The kind of error.
    public let code: Code
    /// What happened, with which value, and what to do.
    public let message: String

    /// The message.
    public var description: String { message }
}
