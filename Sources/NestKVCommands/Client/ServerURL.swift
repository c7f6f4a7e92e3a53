/// The address of a server, as in `--server`: `http://host:port`, and a path if a proxy needs one.
package struct ServerURL: Sendable, CustomStringConvertible {
    /// A name, an IPv4 address, or an IPv6 address without its brackets.
    let host: String
    /// The TCP port; 80 if the text has none.
    let port: Int
    /// The prefix of every path: empty, or a path that begins with `/` and does not end with it.
    let base: String

    /// Reads the text of an option.
    ///
    /// - Parameter origin: the option or variable, for the message.
    /// - Throws: ``CommandFailure`` if the text isn't a plain HTTP URL.
    package init(_ text: String, from origin: String = "--server") throws(CommandFailure) {
        do throws(Malformed) {
            self = try Self.read(text)
        } catch {
            throw .usage("\(origin) is '\(text)'; \(error.reason).")
        }
    }

    private init(host: String, port: Int, base: String) {
        (self.host, self.port, self.base) = (host, port, base)
    }

    private static func read(_ text: String) throws(Malformed) -> ServerURL {
        guard text.hasPrefix("http://") else {
            let hint = text.hasPrefix("https://") ? "; the client has no TLS, use a proxy" : ""
            throw Malformed(reason: "it must be http://host:port\(hint)")
        }
        let rest = text.dropFirst("http://".count)
        guard rest.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw Malformed(reason: "spaces, control characters and letters beyond ASCII must be percent-encoded")
        }
        guard !rest.contains(where: { "?#@".contains($0) }) else {
            throw Malformed(reason: "it can't have a user, a query or a fragment")
        }
        let authority = rest.prefix { $0 != "/" }
        let (host, port) = try parts(of: authority)
        var base = rest.dropFirst(authority.count)
        while base.hasSuffix("/") { base.removeLast() }
        return ServerURL(host: host, port: port, base: String(base))
    }

    /// A server on this machine or elsewhere.
    package init(host: String, port: Int) {
        self.init(host: host, port: port, base: "")
    }

    /// `host:port`, as in URLs and in the `Host` field.
    var authority: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }

    package var description: String { "http://\(authority)\(base)" }

    private static func parts(of authority: Substring) throws(Malformed) -> (host: String, port: Int) {
        var host = authority
        var rest = Substring()
        if authority.hasPrefix("[") {
            guard let end = authority.firstIndex(of: "]") else { throw Malformed(reason: "a ']' is missing") }
            host = authority[authority.index(after: authority.startIndex)..<end]
            rest = authority[authority.index(after: end)...]
        } else if let colon = authority.firstIndex(of: ":") {
            guard authority.lastIndex(of: ":") == colon else {
                throw Malformed(reason: "an IPv6 address must be in brackets")
            }
            (host, rest) = (authority[..<colon], authority[colon...])
        }
        guard !host.isEmpty else { throw Malformed(reason: "the host is missing") }
        guard !rest.isEmpty else { return (String(host), 80) }
        guard rest.hasPrefix(":"), let port = UInt16(rest.dropFirst()), port > 0 else {
            throw Malformed(reason: "the port must be a number from 1 to 65535")
        }
        return (String(host), Int(port))
    }

    /// Why a text is not a URL of a server.
    private struct Malformed: Error {
        let reason: String
    }
}
