/// A hash that finds accidental changes: 64-bit FNV-1a. More bytes can be added at any time.
///
/// - SeeAlso: https://www.rfc-editor.org/rfc/rfc9923
struct Digest: Equatable {
    /// The hash of the bytes so far.
    private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    /// The hash of no bytes.
    init() {}

    /// Continues another hash.
    init(continuing value: UInt64) {
        self.value = value
    }

    /// Adds bytes.
    mutating func add(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }
    }
}
