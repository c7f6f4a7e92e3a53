import MicroText

/// The result of a hash function: up to 32 bytes.
public struct Digest: Hashable, Sendable {
    private var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
    private let count: Int

    /// A digest of `count` bytes that `fill` writes.
    init(count: Int, _ fill: (UnsafeMutablePointer<UInt8>) -> Void) {
        precondition(count <= 32, "a digest has at most 32 bytes")
        self.count = count
        withUnsafeMutableBytes(of: &words) { bytes in
            // A tuple of four words is never empty.
            fill(bytes.bindMemory(to: UInt8.self).baseAddress!)
        }
    }

    /// Calls `body` with the bytes.
    public func withBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try withUnsafeBytes(of: words) { try body(UnsafeRawBufferPointer(rebasing: $0[..<count])) }
    }

    /// The bytes as lower-case hexadecimal digits.
    public var hexadecimal: String { withBytes { Hexadecimal.text(of: $0) } }

    public static func == (left: Digest, right: Digest) -> Bool {
        left.words == right.words && left.count == right.count
    }

    public func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
    }
}
