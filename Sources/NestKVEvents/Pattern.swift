import NestKVCore

/// Which changes a subscriber wants: a path, in which `+` stands for any one segment.
///
/// It matches every key at or below the path; a last segment `#` says just that and is the same as none. It matches a
/// leaf *above* the path, too: the path may lie inside that leaf's document, and then a write of the path is a change
/// of that leaf.
public struct Pattern: Hashable, Sendable {
    /// One place in a pattern.
    enum Segment: Hashable, Sendable {
        /// This name.
        case name([UInt8])
        /// Any one name: `+`.
        case any
    }

    let segments: [Segment]

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
    /// - Throws: ``StoreError`` `.invalidKey` when it is malformed or `#` is not its last segment.
    public init(path: ArraySlice<UInt8>, keys: any KeyService) throws(StoreError) {
        var parts = path.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)[...]
        if parts.first?.isEmpty == true { parts.removeFirst() }
        if parts.last?.isEmpty == true { parts.removeLast() }
        if let last = parts.last, Self.isHash(last) { parts.removeLast() }
        var segments: [Segment] = []
        for part in parts {
            guard !Self.isHash(part) else {
                throw StoreError(.invalidKey, "In a pattern '#' can only be the last segment; '+' stands for any one.")
            }
            if part.elementsEqual("+".utf8) {
                segments.append(.any)
            } else {
                segments.append(.name(try keys.name(segment: part)))
            }
        }
        guard segments.count <= keys.limits.segments else {
            throw StoreError(
                .keyTooLong, "The pattern has \(segments.count) segments; the most is \(keys.limits.segments).",
                limit: keys.limits.segments)
        }
        self.segments = segments
        // What names one path is checked like any path: by length, and by the entry points that there are.
        if let key, key != .root { _ = try keys.key(path: Array(keys.path(of: key).utf8)[...]) }
    }

    private static func isHash(_ part: ArraySlice<UInt8>) -> Bool {
        part.elementsEqual("#".utf8) || part.elementsEqual("%23".utf8)
    }

    /// The path when the pattern has no wildcard: what a snapshot is taken of.
    public var key: Key? {
        var names: [[UInt8]] = []
        for segment in segments {
            guard case .name(let name) = segment else { return nil }
            names.append(name)
        }
        return Key(names)
    }

    /// Whether it names one path, whatever is there: not each of those that are there.
    public var isOnePath: Bool { !segments.isEmpty && !segments.contains(.any) }

    /// Whether a change of the leaf at `key` is wanted.
    public func matches(_ key: Key) -> Bool {
        if key.isInternal { return false }
        for (segment, name) in zip(segments, key.segments) {
            if case .name(let wanted) = segment, !wanted.elementsEqual(name) { return false }
        }
        return true
    }
}

extension Store {
    /// The paths that a pattern names: itself, or for wildcards each path that is there.
    ///
    /// - Throws: ``StoreError`` `.subtreeTooLarge` when there are more than `limit`.
    public func paths(matching pattern: Pattern, limit: Int) async throws(StoreError) -> [Key] {
        var keys: [Key] = [.root]
        // Not everything as one value: a store's entry points stand on their own.
        for segment in pattern.segments.isEmpty ? [.any] : pattern.segments {
            var next: [Key] = []
            for key in keys {
                switch segment {
                case .name(let name): next.append(key.appending(name))
                case .any:
                    let names = try await names(below: key, after: nil, limit: limit + 1)
                    next += names.map { key.appending($0) }
                }
                guard next.count <= limit else {
                    throw StoreError(
                        .subtreeTooLarge, "More than \(limit) paths match the wildcards; follow fewer, or no snapshot.",
                        limit: limit)
                }
            }
            keys = next
        }
        return keys
    }
}
