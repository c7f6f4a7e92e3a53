/// Why a request got no usable answer.
package struct ClientFailure: Error, Sendable {
    /// What happened, for the user: `connection refused`.
    package let message: String

    init(_ message: String) { self.message = message }

    /// The time limit was reached.
    static func timeout(_ doing: String) -> ClientFailure { ClientFailure("timeout while \(doing)") }

    /// The answer isn't HTTP/1.1.
    static func malformed(_ what: String) -> ClientFailure { ClientFailure("the answer is not HTTP: \(what)") }

    /// The connection was closed within an answer.
    static let cut = ClientFailure("the connection was closed before the answer was complete")
}
