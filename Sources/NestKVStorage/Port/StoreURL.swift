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

    /// The parameters, checked against those that the driver knows.
    ///
    /// - Throws: ``DriverError`` `.address` for an unknown parameter, and for one that is given twice.
    public func parameters(known: [StoreParameter]) throws(DriverError) -> StoreParameters {
        try StoreParameters(self, known: known)
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
