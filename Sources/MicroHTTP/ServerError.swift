/// Why a server could not be started.
public struct ServerError: Error, Sendable, CustomStringConvertible {
    public enum Code: Sendable {
        case invalidHost, addressInUse, addressNotAvailable, permissionDenied, invalidConfiguration, system
    }

    public let code: Code
    /// What happened, with which value, and what to do.
    public let message: String

    public var description: String { message }
}
