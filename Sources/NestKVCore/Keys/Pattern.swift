import NestKVStorage

/// Selects changes by a path, in which `+` matches any one segment.
///
/// It matches every key at or below the path; a last segment `#` makes no difference. It also matches a leaf *above*
/// the path, because the path may be inside that leaf's document, and a write of the path is then a change of that
/// leaf.
public struct Pattern: Hashable, Sendable {
    /// One place in a pattern.
    public enum Segment: Hashable, Sendable {
        /// A certain name.
        case name([UInt8])
        /// Any one name: `+`.
        case any
    }

    /// The places, the entry point first.
    public let segments: [Segment]

    /// Every change.
    public static let everything = Pattern(segments: [])

    private init(segments: [Segment]) {
        self.segments = segments
    }

    /// The pattern of a path without wildcards.
    public init(_ key: Key) {
        segments = key.segments.map { .name(Array($0)) }
    }

    /// Reads a raw, still percent-encoded path: `/users/+/settings`, `/ep1/main/%23`. An encoded plus, `%2B`, is a
    /// name.
    ///
    /// - Throws: ``KeyError`` `.invalid` if it is malformed or `#` is not its last segment.
    public init(path: ArraySlice<UInt8>, keys: any KeyService) throws(KeyError) {
        var parts = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)[...]
        if parts.first?.isEmpty == true { parts.removeFirst() }
        if parts.last?.isEmpty == true { parts.removeLast() }
        if let last = parts.last, Self.isHash(last) { parts.removeLast() }
        var segments: [Segment] = []
        for part in parts {
            guard !Self.isHash(part) else {
                throw KeyError(
                    .invalid, "In a pattern '#' must be the last segment; use '+' to match any one segment.")
            }
            if part.elementsEqual("+".utf8) {
                segments.append(.any)
            } else {
                segments.append(.name(try keys.name(segment: part)))
            }
        }
        guard segments.count <= keys.limits.segments else {
            throw KeyError(
                .tooLong, "The pattern has \(segments.count) segments; the limit is \(keys.limits.segments).",
                limit: keys.limits.segments)
        }
        self.segments = segments
        // A pattern without wildcards is checked like a path: its length and its entry point.
        if let key, key != .root { _ = try keys.key(path: Array(keys.path(of: key).utf8)[...]) }
    }

    private static func isHash(_ part: ArraySlice<UInt8>) -> Bool {
        part.elementsEqual("#".utf8) || part.elementsEqual("%23".utf8)
    }

    /// The path if the pattern has no wildcard. A snapshot is read from it.
    public var key: Key? {
        var names: [[UInt8]] = []
        for segment in segments {
            guard case .name(let name) = segment else { return nil }
            names.append(name)
        }
        return Key(names)
    }

    /// Whether it names exactly one path, even if nothing is stored there.
    public var isOnePath: Bool { !segments.isEmpty && !segments.contains(.any) }

    /// Whether a change of the leaf at `key` matches.
    public func matches(_ key: Key) -> Bool {
        if key.isInternal { return false }
        for (segment, name) in zip(segments, key.segments) {
            if case .name(let wanted) = segment, !wanted.elementsEqual(name) { return false }
        }
        return true
    }
}
