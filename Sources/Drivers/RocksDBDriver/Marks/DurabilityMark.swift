import MicroText
import NestKVStorage

/// What a store certainly holds, kept beside RocksDB's files. RocksDB itself can't know it if one of its files was cut,
/// deleted or exchanged. The mark may be older than the truth, but never newer.
struct DurabilityMark: Equatable {
    /// RocksDB's manifest as last seen on disk. It only grows.
    struct Manifest: Equatable {
        /// The number in its name; 0: unknown.
        var number: UInt64 = 0
        /// The number of known bytes.
        var bytes: UInt64 = 0
        /// The digest of those bytes.
        var digest: UInt64 = FNV1a().value
    }

    /// The length of a mark in bytes.
    static let length = 512
    private static let magic: UInt64 = 0x314b_5241_4d56_4b4e  // "NKVMARK1"

    /// The store's identity.
    var store: UInt32
    /// Counts the written marks. Of two marks, the higher number is valid.
    var number: UInt64 = 0
    /// The revision that is on disk, even if the machine stops.
    var durable: Revision = 0
    /// The revision that the operating system has. It survives unless the machine stops.
    var buffered: Revision = 0
    /// The boot of the machine that ``buffered`` refers to.
    var boot: UInt64 = 0
    /// The manifest.
    var manifest = Manifest()

    /// The revision that the store must have.
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
        var digest = FNV1a()
        digest.add(row.lent)
        row.integer(digest.value)
        return row.bytes + repeatElement(0, count: Self.length - row.lent.count)
    }

    /// The mark from its bytes; nil if they aren't a mark.
    static func decode(_ bytes: UnsafeRawBufferPointer) -> DurabilityMark? {
        var row = RowReader(bytes)
        var fields: [UInt64] = []
        for _ in 0..<10 {
            guard let field = try? row.integer(UInt64.self) else { return nil }
            fields.append(field)
        }
        var digest = FNV1a()
        digest.add(bytes.prefix(72))
        guard fields[0] == magic, fields[9] == digest.value else { return nil }
        return DurabilityMark(
            store: UInt32(truncatingIfNeeded: fields[1]), number: fields[2], durable: fields[3], buffered: fields[4],
            boot: fields[5], manifest: Manifest(number: fields[6], bytes: fields[7], digest: fields[8]))
    }
}
