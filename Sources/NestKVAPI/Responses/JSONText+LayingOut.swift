import MicroJSON
import NestKVCore

extension JSONText {
    /// The bytes of a reply's body, unchanged or indented.
    ///
    /// - Throws: ``StoreError`` `.subtreeTooLarge` when the indented text exceeds the limit on a reply.
    func body(isPretty: Bool, _ limits: StoreLimits) throws(StoreError) -> [UInt8] {
        guard isPretty else { return utf8 }
        if let bytes = pretty(maximumBytes: limits.composedBytes) { return bytes }
        throw StoreError(
            .subtreeTooLarge,
            "The indented reply would have more than \(limits.composedBytes) bytes; leave out '?pretty', or request a "
                + "part of it with '?keys' or '?depth'.", limit: limits.composedBytes)
    }
}
