import MicroJSON
import NestKVCore

extension JSONText {
    /// The bytes of a reply's body: as they are, or indented.
    ///
    /// - Throws: ``StoreError`` `.subtreeTooLarge` when indenting makes more of it than a reply may be.
    func body(isPretty: Bool, _ limits: StoreLimits) throws(StoreError) -> [UInt8] {
        guard isPretty else { return utf8 }
        if let bytes = pretty(maximumBytes: limits.composedBytes) { return bytes }
        throw StoreError(
            .subtreeTooLarge,
            "Indented, the reply would have more than \(limits.composedBytes) bytes; leave '?pretty' out, or ask for a part "
                + "of it with '?keys' and '?depth'.", limit: limits.composedBytes)
    }
}
