/// Why a request got no answer that can be used.
struct ClientFailure: Error, Sendable {
    /// What happened, for the person who called: `connection refused`.
    let message: String

    init(_ message: String) { self.message = message }

    /// The server took longer than it may.
    static func timeout(_ doing: String) -> ClientFailure { ClientFailure("no answer in time (\(doing))") }

    /// What came isn't HTTP/1.1.
    static func malformed(_ what: String) -> ClientFailure { ClientFailure("the answer is no HTTP: \(what)") }

    /// The connection ended inside an answer.
    static let cut = ClientFailure("the connection was closed before the answer was complete")
}
