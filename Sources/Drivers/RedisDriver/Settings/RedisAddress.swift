import MicroText
import NestKVStorage

/// Where the server is, and how to sign in.
struct RedisAddress: Sendable, Equatable {
    /// A name or an IPv4 or IPv6 address.
    var host = "localhost"
    /// The TCP port.
    var port = 6379
    /// The path of a Unix socket, instead of host and port.
    var socketPath: String?
    /// The ACL user; nil: the default one.
    var user: String?
    /// The password; nil: none is sent.
    var password: String?
    /// The number of the database.
    var database = 0

    /// The server, for messages.
    var server: String {
        socketPath ?? (host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)")
    }

    /// Reads `redis://[user[:password]@]host[:port][/database]`, `redis+unix:///path` and `unix:/path`.
    init(_ url: StoreURL) throws(DriverError) {
        switch url.scheme {
        case "redis": try readServer(url)
        case "rediss":
            throw DriverError(
                .address,
                "A rediss: store needs TLS, which the client library (hiredis 0.14) doesn't support. Use redis: within "
                    + "a trusted network, a Unix socket, or a TLS tunnel such as stunnel on this machine.")
        default: socketPath = try Self.path(url)
        }
    }

    private static func path(_ url: StoreURL) throws(DriverError) -> String {
        let path = url.rest.hasPrefix("//") ? String(url.rest.dropFirst(2)) : url.rest
        guard path.hasPrefix("/"), path.utf8.count < 104, let decoded = path.percentDecoded else {
            throw DriverError(
                .address,
                "A \(url.scheme): store needs the absolute path of a socket, at most 103 bytes long: write "
                    + "'unix:/run/redis/redis.sock', not '\(url)'.")
        }
        return decoded
    }

    private mutating func readServer(_ url: StoreURL) throws(DriverError) {
        let form = "write 'redis://HOST:PORT/DATABASE'"
        guard url.rest.hasPrefix("//") else { throw DriverError(.address, "A Redis store needs a server: \(form).") }
        var rest = url.rest.dropFirst(2)
        if let at = rest.lastIndex(of: "@") {
            let login = rest[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            rest = rest[rest.index(after: at)...]
            guard let name = login[0].percentDecoded,
                let secret = String(login.count > 1 ? login[1] : "").percentDecoded
            else { throw DriverError(.address, "The user or password in '\(url)' is not percent-encoded correctly.") }
            if !name.isEmpty { user = name }
            if login.count > 1 { password = secret }
            guard user == nil || password != nil else {
                throw DriverError(.address, "'\(url)' has a user without a password: write 'USER:PASSWORD@'.")
            }
        }
        if let slash = rest.firstIndex(of: "/") {
            let text = String(rest[rest.index(after: slash)...])
            rest = rest[..<slash]
            if !text.isEmpty {
                guard let number = Self.database.read(text) else {
                    throw DriverError(.address, Self.database.refusal(of: text, at: "The database in '\(url)'"))
                }
                database = number
            }
        }
        try readHost(rest, url, form)
    }

    private mutating func readHost(_ text: Substring, _ url: StoreURL, _ form: String) throws(DriverError) {
        var text = text
        // The last colon begins the port, unless it is within the brackets of an IPv6 address.
        if let colon = text.lastIndex(of: ":"), !text[colon...].contains("]") {
            let digits = text[text.index(after: colon)...]
            guard let number = Int(digits), (1...65_535).contains(number) else {
                throw DriverError(.address, "'\(digits)' in '\(url)' is not a port: \(form).")
            }
            port = number
            text = text[..<colon]
        }
        if text.hasPrefix("["), text.hasSuffix("]") { text = text.dropFirst().dropLast() }
        guard !text.isEmpty, !text.contains("[") else {
            throw DriverError(.address, "'\(url)' has no host: \(form).")
        }
        host = String(text)
    }

    /// The number of a database.
    static let database = Grammar.number(in: 0...1_000_000)
}
