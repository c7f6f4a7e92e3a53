/// The limits on a key.
public struct KeyLimits: Sendable {
    /// The most segments, the entry point included.
    public var segments: Int
    /// The most decoded bytes, counting one for each separator.
    public var bytes: Int
    /// The permitted entry points; nil for any.
    public var entryPoints: Set<String>?

    /// 64 segments, 1,024 bytes, any entry point.
    public static let standard = KeyLimits(segments: 64, bytes: 1024, entryPoints: nil)

    /// Limits from their parts.
    public init(segments: Int, bytes: Int, entryPoints: Set<String>?) {
        self.segments = segments
        self.bytes = bytes
        self.entryPoints = entryPoints
    }
}

extension KeyLimits {
    /// Whether a path can name a key.
    ///
    /// A key that another program stored may have too many segments or bytes, a segment `..`, a control character, or
    /// an entry point that is not permitted.
    public func permits(_ key: Key) -> Bool {
        guard key.bytes.count - 1 <= bytes, key.depth <= segments else { return false }
        do throws(KeyError) {
            var parser = PathParser(capacity: key.bytes.count)
            for byte in key.bytes {
                if byte == 0 { try parser.endSegment() } else { try parser.append(byte) }
            }
            if parser.hasNonASCII { try parser.checkUTF8() }
        } catch {
            return false
        }
        guard let entryPoints, !key.isInternal else { return true }
        return entryPoints.contains(String(decoding: key.bytes.prefix { $0 != 0 }, as: UTF8.self))
    }
}
