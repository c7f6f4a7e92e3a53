import NestKVStorage

/// Limits on what is stored. All are published at `/_capabilities`.
public struct StoreLimits: Sendable {
    /// The most bytes of one value, minified.
    public var valueBytes: Int
    /// The most levels of nesting of a value.
    public var valueDepth: Int
    /// The most bytes of a composed value.
    public var composedBytes: Int
    /// The most leaves that one read composes or one write changes.
    public var leaves: Int
    /// The limits on a key.
    public var keys: KeyLimits

    /// 1 MiB and 512 levels for a value, 64 MiB and 200,000 leaves for a subtree.
    public static let standard = StoreLimits(
        valueBytes: 1 << 20, valueDepth: 512, composedBytes: 64 << 20, leaves: 200_000, keys: .standard)

    /// Limits from their parts.
    public init(valueBytes: Int, valueDepth: Int, composedBytes: Int, leaves: Int, keys: KeyLimits) {
        self.valueBytes = valueBytes
        self.valueDepth = valueDepth
        self.composedBytes = composedBytes
        self.leaves = leaves
        self.keys = keys
    }
}
