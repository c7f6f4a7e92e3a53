#if canImport(Glibc)
    import Glibc
#endif

/// The position of a leaf in the tree: an entry point and the segments below it.
///
/// A key is bytes, never a `String`. Swift compares strings by canonical equivalence, so the two Unicode spellings of
/// "é" would be one key. The bytes are the segments, each followed by NUL, which no segment may contain. The keys of a
/// subtree are therefore one contiguous range that begins with its root, in byte order of the names, and every ordered
/// store can use them unchanged.
public struct Key: Sendable {
    /// The UTF-8 of each segment, followed by NUL: `ep1\0main\0sup1\0`. Empty for the root above all entry points.
    public let bytes: [UInt8]

    /// The root above all entry points. Nothing is stored here.
    public static let root = Key(bytes: [])

    /// A key from bytes in the form of ``bytes``, as a driver stored them.
    public init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// A key from decoded segments, the entry point first.
    public init(_ segments: some Sequence<some Collection<UInt8>>) {
        var bytes: [UInt8] = []
        for segment in segments {
            bytes.append(contentsOf: segment)
            bytes.append(0)
        }
        self.bytes = bytes
    }

    /// The number of segments, the entry point included.
    public var depth: Int {
        bytes.count(where: { $0 == 0 })
    }

    /// The decoded segments, the entry point first.
    public var segments: [ArraySlice<UInt8>] {
        bytes.split(separator: 0, omittingEmptySubsequences: false).dropLast()
    }

    /// The first segment; empty for the root.
    public var entryPoint: ArraySlice<UInt8> { bytes.prefix { $0 != 0 } }

    /// The segments of this key below `ancestor`.
    ///
    /// - Precondition: `ancestor` is this key or an ancestor of it.
    public func segments(below ancestor: Key) -> [ArraySlice<UInt8>] {
        bytes[ancestor.bytes.count...].split(separator: 0, omittingEmptySubsequences: false).dropLast()
    }

    /// The last segment; empty for the root.
    public var name: ArraySlice<UInt8> {
        guard let end = bytes.indices.last else { return [] }
        let start = bytes[..<end].lastIndex(of: 0).map { $0 + 1 } ?? 0
        return bytes[start..<end]
    }

    /// The key one segment up; nil for the root.
    public var parent: Key? {
        guard let end = bytes.indices.last else { return nil }
        let start = bytes[..<end].lastIndex(of: 0).map { $0 + 1 } ?? 0
        return Key(bytes: Array(bytes[..<start]))
    }

    /// The keys above this one, nearest first, up to the entry point; without the root.
    public var ancestors: [Key] {
        var ancestors: [Key] = []
        bytes.withUnsafeBufferPointer { bytes in
            var end = bytes.count - 2
            while end > 0 {
                if bytes[end] == 0 { ancestors.append(Key(bytes: Array(bytes[...end]))) }
                end -= 1
            }
        }
        return ancestors
    }

    /// Whether this is a key of the service itself (``ReservedKeys``).
    public var isInternal: Bool { ReservedKeys.contain(bytes) }

    /// This key with one more segment.
    public func appending(_ segment: some Collection<UInt8>) -> Key {
        var bytes = self.bytes
        bytes.reserveCapacity(bytes.count + segment.count + 1)
        bytes.append(contentsOf: segment)
        bytes.append(0)
        return Key(bytes: bytes)
    }

    /// Whether `other` is this key or below it.
    public func contains(_ other: Key) -> Bool {
        other.bytes.count >= bytes.count && other.hasPrefix(bytes)
    }

    /// Whether this key is above `other`.
    public func isAncestor(of other: Key) -> Bool {
        other.bytes.count > bytes.count && other.hasPrefix(bytes)
    }
}

extension Key {
    /// Whether this key begins with these bytes. It must be at least as long.
    private func hasPrefix(_ prefix: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { bytes in
            prefix.withUnsafeBytes { prefix in
                prefix.isEmpty || memcmp(bytes.baseAddress!, prefix.baseAddress!, prefix.count) == 0
            }
        }
    }
}

extension Key: Hashable, Comparable {
    public static func == (left: Key, right: Key) -> Bool {
        left.bytes == right.bytes
    }

    public func hash(into hasher: inout Hasher) {
        bytes.withUnsafeBytes { hasher.combine(bytes: $0) }
    }

    /// Byte order: a key immediately precedes everything below it, and names are in byte order.
    public static func < (left: Key, right: Key) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}

extension Key: CustomStringConvertible {
    /// The key for logs and messages: `/ep1/main/sup1`, without percent-encoding.
    public var description: String {
        "/" + segments.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "/")
    }
}
