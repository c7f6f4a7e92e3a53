/// A hash of bytes: 64-bit FNV-1a. It finds accidental changes, and protects from nothing. More bytes can be added at
/// any time.
///
/// - SeeAlso: https://www.rfc-editor.org/rfc/rfc9923
@frozen
public struct FNV1a: Equatable, Sendable {
    /// The hash of no bytes.
    public static var offsetBasis: UInt64 {
        @inlinable @inline(__always) get { 0xCBF2_9CE4_8422_2325 }
    }

    /// The hash of the bytes so far.
    public var value: UInt64

    /// The hash with its bits mixed. The upper ones depend on all bytes alike, so they suit as an index of a table.
    /// Those of ``value`` hardly depend on the last bytes.
    @inlinable
    public var mixed: UInt64 { (value ^ value >> 29) &* 0x9E37_79B9_7F4A_7C15 }

    /// Continues another hash.
    @inlinable @inline(__always)
    public init(continuing value: UInt64 = offsetBasis) {
        self.value = value
    }

    /// The hash of bytes.
    @inlinable
    public init(of bytes: some Sequence<UInt8>) {
        self.init()
        add(bytes)
    }

    /// Adds a byte.
    @inlinable @inline(__always)
    public mutating func add(_ byte: UInt8) {
        value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
    }

    /// Adds bytes.
    @inlinable
    public mutating func add(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { add(byte) }
    }
}
