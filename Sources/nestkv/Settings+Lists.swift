import MicroHTTP
import NestKVCore

/// Lists whose items are compared with what clients send: one that could never be equal to anything is refused.
extension Settings {
    /// The items of a list that is separated by commas.
    func list(_ setting: Setting) -> [String] {
        text(setting).split(separator: ",").map(\.trimmingSpaces).filter { !$0.isEmpty }
    }

    /// The only entry points there are; nil: any.
    func entryPoints() throws(CommandFailure) -> Set<String>? {
        let names = list(.entryPoints)
        let keys = PathKeyService()
        for name in names {
            let key = try? keys.key(path: Array("/\(Array(name.utf8).percentEncoded)".utf8)[...])
            guard let key, !key.isInternal, !name.contains("/") else {
                throw wrong(
                    .entryPoints, name,
                    "a list of names, each a path's first segment as it is when decoded: without '/', and not one that "
                        + "begins with '_', which are the service's own")
            }
        }
        return names.isEmpty ? nil : Set(names)
    }

    /// The origins of pages that may use the service.
    func origins() throws(CommandFailure) -> [String] {
        let origins = list(.corsOrigins)
        for origin in origins where origin != "*" && origin != "null" && Self.host(ofOrigin: origin) == nil {
            throw wrong(
                .corsOrigins, origin,
                "a list of origins as browsers send them, like https://app.example or http://localhost:3000: in lower "
                    + "case, with a port unless it is the scheme's own, and nothing behind it, no '/' either; or '*'")
        }
        return origins
    }

    /// The hosts that requests may be for.
    func hosts() throws(CommandFailure) -> HostPolicy {
        let names = list(.allowedHosts)
        for name in names where name != "*" && !HostPolicy.isName(name) {
            throw wrong(
                .allowedHosts, name,
                "a list of host names without scheme and port, like api.example or *.example, or '*'; addresses and "
                    + "localhost are allowed always")
        }
        // A page that may use the service in its own name gains nothing by the service's.
        return HostPolicy(names: names + (try origins()).compactMap { $0 == "*" ? $0 : Self.host(ofOrigin: $0) })
    }

    /// The host of an origin as a browser writes it (RFC 6454 §6.2); nil when none could send it.
    private static func host(ofOrigin origin: String) -> String? {
        guard let colon = origin.firstRange(of: "://"), origin == origin.lowercased() else { return nil }
        let scheme = origin[..<colon.lowerBound]
        guard scheme.first?.isLetter ?? false, scheme.utf8.allSatisfy({ $0 > 0x2A && $0 < 0x7B && $0 != 0x2F }) else {
            return nil
        }
        let authority = origin[colon.upperBound...]
        let hostEnd = authority.first == "[" ? authority.firstIndex(of: "]").map { authority.index(after: $0) } : nil
        let host = authority[..<(hostEnd ?? authority.firstIndex(of: ":") ?? authority.endIndex)]
        let port = authority[host.endIndex...]
        if !port.isEmpty {
            let standard = ["http": 80, "https": 443][scheme]
            guard port.first == ":", let number = UInt16(port.dropFirst()), number > 0, Int(number) != standard,
                port.dropFirst() == String(number)
            else { return nil }
        }
        let isAddress = hostEnd != nil && host.dropFirst().dropLast().allSatisfy { $0.isHexDigit || $0 == ":" }
        return isAddress || !host.hasPrefix("*") && HostPolicy.isName(String(host)) ? String(host) : nil
    }
}

extension Substring {
    fileprivate var trimmingSpaces: String {
        var text = self
        while text.first == " " { text.removeFirst() }
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
