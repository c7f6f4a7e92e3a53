import MicroHTTP
import NestKVCommands
import NestKVCore
import NestKVStorage

/// Settings that are lists. Requests are compared with their items, so an item that can never match is refused.
extension Settings {
    /// The permitted entry points; nil: any.
    func entryPoints() throws(CommandFailure) -> Set<String>? {
        let names = try self[\.entryPoints]
        let keys = PathKeyService()
        for name in names {
            let key = try? keys.key(path: Array("/\(Array(name.utf8).percentEncoded)".utf8)[...])
            guard let key, !key.isInternal, !name.contains("/") else {
                throw wrong(
                    \.entryPoints, name,
                    "a list of names separated by commas, without percent-encoding and without '/'; names that begin "
                        + "with '_' are reserved")
            }
        }
        return names.isEmpty ? nil : Set(names)
    }

    /// The origins of web pages that may use the service.
    func origins() throws(CommandFailure) -> [String] {
        let origins = try self[\.corsOrigins]
        for origin in origins where origin != "*" && origin != "null" && Self.host(ofOrigin: origin) == nil {
            throw wrong(
                \.corsOrigins, origin,
                "'*', or a list of origins as browsers send them, like https://app.example or http://localhost:3000: "
                    + "in lower case, without the scheme's default port, and without a path, not even '/'")
        }
        return origins
    }

    /// The hosts that requests may name.
    func hosts() throws(CommandFailure) -> HostPolicy {
        let names = try self[\.allowedHosts]
        for name in names where name != "*" && !HostPolicy.isName(name) {
            throw wrong(
                \.allowedHosts, name,
                "'*', or a list of host names without scheme and port, like api.example or *.example; IP addresses and "
                    + "localhost are always allowed")
        }
        // The host of a permitted origin is no further risk: its pages may use the service anyway.
        return HostPolicy(names: names + (try origins()).compactMap { $0 == "*" ? $0 : Self.host(ofOrigin: $0) })
    }

    /// The host of an origin (RFC 6454 §6.2); nil if no browser could send this origin.
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
