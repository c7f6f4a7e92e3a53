import NestKVStorage

extension Key {
    /// The first bytes after this key and all keys below it; nil for the root, after which there is no key.
    var end: [UInt8]? {
        guard !bytes.isEmpty else { return nil }
        var end = bytes
        end[end.count - 1] = 1
        return end
    }

    /// The first bytes after this key alone.
    var successor: [UInt8] { bytes + [0] }

    /// The key of an older record in `history`. A version is smaller than 2⁵⁶ and a segment isn't empty, so the rows of
    /// a leaf come before those of all leaves below it.
    func historyRow(version: UInt64) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: bytes.count + 8) { row, count in
            let row = UnsafeMutableRawBufferPointer(row)
            bytes.withUnsafeBytes { row.copyMemory(from: $0) }
            row.storeBytes(of: version.bigEndian, toByteOffset: bytes.count, as: UInt64.self)
            count = bytes.count + 8
        }
    }
}

extension [UInt8] {
    /// The key of a change in `feed`.
    init(feedRow revision: Revision) {
        self = Swift.withUnsafeBytes(of: revision.bigEndian) { Array($0) }
    }

    /// The key of a row in `info` that says which leaf was deleted at a revision. These rows find the oldest
    /// tombstones.
    init(deletionRow revision: Revision) {
        self = Array("deleted:".utf8)
        append(bigEndian: revision)
    }

    /// The prefix of the keys of rows in `info` that say when leaves expire.
    private static let expiry = Array("expires:".utf8)

    /// The key of a row in `info` that says when a leaf expires: the time, then the leaf's key.
    init(expiryRow time: Timestamp, _ key: Key) {
        self = [UInt8](expiryRowsFrom: time) + key.bytes
    }

    /// The first key of the rows about leaves that expire at a time or later.
    init(expiryRowsFrom time: Timestamp) {
        self = Self.expiry
        append(bigEndian: UInt64(clamping: time.milliseconds))
    }

    /// The bytes of the leaf's key in the key of such a row.
    static func expiringKey(_ row: UnsafeRawBufferPointer) -> [UInt8] {
        Array(row.dropFirst(expiry.count + 8))
    }

    /// Appends a number such that the order of bytes is the order of numbers.
    fileprivate mutating func append(bigEndian number: UInt64) {
        Swift.withUnsafeBytes(of: number.bigEndian) { append(contentsOf: $0) }
    }
}

extension UInt64 {
    /// The number in the last eight bytes.
    init?(bigEndianAtEndOf bytes: UnsafeRawBufferPointer) {
        guard bytes.count >= 8 else { return nil }
        self.init(bigEndian: bytes.loadUnaligned(fromByteOffset: bytes.count - 8, as: UInt64.self))
    }
}
