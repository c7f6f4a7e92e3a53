import Glibc

/// The hosts for which requests are accepted (RFC 9110 §7.2, §15.5.20). It protects against “DNS rebinding”: a web page
/// whose own name resolves to this server sends that name, so the server can detect it.
public struct HostPolicy: Sendable {
    /// Any host.
    public static let any = HostPolicy(allowsAny: true)

    private let allowsAny: Bool
    /// The names in lower case. One that begins with a dot means every name that ends with it.
    private let names: Set<String>

    /// Allows these hosts. `localhost`, names that end with `.localhost` and addresses are always allowed, because no
    /// web page can have those names.
    ///
    /// - Parameter names: such as `app.example` or `*.app.example`; `*` is any host.
    public init(names: [String]) {
        allowsAny = names.contains("*")
        let patterns = names.map { $0.hasPrefix("*.") ? String($0.dropFirst()) : $0 }
        self.names = Set(["localhost", ".localhost"] + patterns.map { $0.lowercased() })
    }

    private init(allowsAny: Bool) { (self.allowsAny, names) = (allowsAny, []) }

    /// Whether a text is a host's name that ``init(names:)`` accepts.
    public static func isName(_ text: String) -> Bool {
        let name = text.hasPrefix("*.") ? text.dropFirst(2) : text[...]
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        return labels.allSatisfy { label in
            !label.isEmpty
                && label.utf8.allSatisfy { $0.isDigit || $0.lowercased &- 0x61 < 26 || $0 == 0x2D || $0 == 0x5F }
        }
    }

    /// Whether a request for this host and port is accepted. HTTP/1.0 permits an empty one, which browsers never send.
    func allows(_ authority: some Collection<UInt8>) -> Bool {
        if allowsAny || authority.isEmpty { return true }
        let text = String(decoding: authority, as: UTF8.self).lowercased()
        if text.hasPrefix("[") {
            guard let end = text.firstIndex(of: "]"), Self.isPort(text[text.index(after: end)...]) else { return false }
            let address = text[text.index(after: text.startIndex)..<end].prefix { $0 != "%" }
            var parsed = in6_addr()
            return inet_pton(AF_INET6, String(address), &parsed) == 1
        }
        var host = text.prefix { $0 != ":" }
        guard Self.isPort(text[host.endIndex...]) else { return false }
        if host.last == "." { host.removeLast() }
        var address = in_addr()
        if names.contains(String(host)) || inet_pton(AF_INET, String(host), &address) == 1 { return true }
        // Tries each suffix that begins with a dot.
        return host.indices.contains { $0 > host.startIndex && host[$0] == "." && names.contains(String(host[$0...])) }
    }

    /// Whether a text is empty, or a colon with digits.
    private static func isPort(_ text: Substring) -> Bool {
        text.isEmpty || text.first == ":" && text.dropFirst().utf8.allSatisfy(\.isDigit)
    }
}
