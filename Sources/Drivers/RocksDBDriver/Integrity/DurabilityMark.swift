import NestKVCore

/// What a store holds for certain, kept beside RocksDB's files: what RocksDB can't know when a file of its own was cut,
/// deleted or exchanged. It may be older than the truth, and it is never newer.
struct DurabilityMark: Equatable {
    /// RocksDB's manifest as it was last seen on disk: it only grows.
    struct Manifest: Equatable {
        /// The number in its name; 0: not known.
        var number: UInt64 = 0
        /// How many of its bytes are known.
        var bytes: UInt64 = 0
        /// The digest of those bytes.
        var digest: UInt64 = Digest().value
    }

    /// The length of a mark in bytes.
    static let length = 512
    private static let magic: UInt64 = 0x314b_5241_4d56_4b4e  // "NKVMARK1"

    /// The store's identity.
    var store: UInt32
    /// Counts the marks that were written: of two, the higher one counts.
    var number: UInt64 = 0
    /// The revision that is on disk, whatever happens to the machine.
    var durable: Revision = 0
    /// The revision that the operating system has: it is there unless the machine stopped.
    var buffered: Revision = 0
    /// The start of the machine that ``buffered`` is about.
    var boot: UInt64 = 0
    /// The manifest.
    var manifest = Manifest()

    /// The revision that must be there.
    func revision(onBoot boot: UInt64) -> Revision {
        self.boot == boot ? max(durable, buffered) : durable
    }

    /// The mark's bytes.
    func encode() -> [UInt8] {
        var row = RowWriter(capacity: Self.length)
        row.integer(Self.magic)
        for field in [
            UInt64(store), number, durable, buffered, boot, manifest.number, manifest.bytes, manifest.digest,
        ] { row.integer(field) }
        var digest = Digest()
        digest.add(row.bytes)
        row.integer(digest.value)
        row.raw(repeatElement(0, count: Self.length - row.bytes.count))
        return row.bytes
    }

    /// The mark of some bytes; nil when they are none.
    static func decode(_ bytes: UnsafeRawBufferPointer) -> DurabilityMark? {
        var row = RowReader(bytes)
        var fields: [UInt64] = []
        for _ in 0..<10 {
            guard let field = try? row.integer(UInt64.self) else { return nil }
            fields.append(field)
        }
        var digest = Digest()
        digest.add(bytes.prefix(72))
        guard fields[0] == magic, fields[9] == digest.value else { return nil }
        return DurabilityMark(
            store: UInt32(truncatingIfNeeded: fields[1]), number: fields[2], durable: fields[3], buffered: fields[4],
            boot: fields[5], manifest: Manifest(number: fields[6], bytes: fields[7], digest: fields[8]))
    }
}
