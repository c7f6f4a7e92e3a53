/// The address of a store, as given to `--store`: `scheme:rest?name=value&…`.
public struct StoreURL: Sendable, CustomStringConvertible {
    /// The text before the first colon, in lower case.
    public let scheme: String
    /// The text between the scheme and the `?`, still percent-encoded: a path, or `//host:port/…`.
    public let rest: String
    /// The parameters after the `?`.
    public let parameters: [(name: String, value: String)]

    /// Reads an address.
    ///
    /// - Throws: ``DriverError`` `.address` when there is no scheme or a parameter has no value.
    public init(_ text: String) throws(DriverError) {
        guard let colon = text.firstIndex(of: ":"), colon != text.startIndex else {
            throw DriverError(
                .address, "The store '\(text)' has no scheme; write for example 'memory:' or 'rocksdb:PATH'.")
        }
        scheme = text[..<colon].lowercased()
        let after = text[text.index(after: colon)...]
        let mark = after.firstIndex(of: "?") ?? after.endIndex
        rest = String(after[..<mark])
        var parameters: [(name: String, value: String)] = []
        for pair in after[mark...].dropFirst().split(separator: "&") {
            guard let equals = pair.firstIndex(of: "=") else {
                // It may be the rest of a password, so it isn't shown.
                if pair.contains("@") {
                    throw DriverError(
                        .address,
                        "The text after '?' is not a parameter; write '?' in a user name or password as '%3F'.")
                }
                throw DriverError(.address, "The store parameter '\(pair)' has no value; write '\(pair)=VALUE'.")
            }
            parameters.append((String(pair[..<equals]), String(pair[pair.index(after: equals)...])))
        }
        self.parameters = parameters
    }

    /// The parameters by name.
    ///
    /// - Throws: ``DriverError`` `.address` for a parameter that the driver doesn't know, with a list of those that it
    ///   knows, and for a parameter that is given twice.
    public func parameters(known: [StoreParameter]) throws(DriverError) -> [String: String] {
        let known = known.map(\.name)
        var values: [String: String] = [:]
        for (name, value) in parameters {
            guard known.contains(name) else {
                let list =
                    known.isEmpty ? "It has no parameters." : "Known parameters: \(known.joined(separator: ", "))."
                throw DriverError(.address, "A \(scheme) store has no parameter '\(name)'. \(list)")
            }
            guard values.updateValue(value, forKey: name) == nil else {
                throw DriverError(.address, "The store parameter '\(name)' is given twice.")
            }
        }
        return values
    }

    /// The bytes given by a parameter's text: a number, optionally with `KiB`, `MiB` or `GiB`.
    ///
    /// - Throws: ``DriverError`` `.address` for any other text.
    public static func size(_ name: String, _ text: String) throws(DriverError) -> Int {
        for (unit, shift) in [("KiB", 10), ("MiB", 20), ("GiB", 30), ("", 0)] where text.hasSuffix(unit) {
            guard let number = Int(text.dropLast(unit.count)), (0...(1 << 40) >> shift).contains(number) else { break }
            return number << shift
        }
        throw DriverError(.address, "The parameter \(name) is '\(text)'; it must be a size such as '32MiB' or '0'.")
    }

    /// The address for logs, without a password or token.
    public var description: String {
        var shown = rest
        if let at = shown.lastIndex(of: "@"), let slashes = shown.firstRange(of: "//") {
            let login = shown[slashes.upperBound..<at]
            // A login of one word is a token.
            let user = login.firstIndex(of: ":").map { login[...$0] } ?? ""
            shown = "//\(user)***" + shown[at...]
        }
        let query = parameters.map { "\($0.name)=\($0.value)" }.joined(separator: "&")
        return "\(scheme):\(shown)" + (query.isEmpty ? "" : "?\(query)")
    }
}
