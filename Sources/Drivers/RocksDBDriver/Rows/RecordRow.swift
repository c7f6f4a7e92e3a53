import MicroJSON
import NestKVStorage

/// A record as a row of `entries`, `history` and `tombstones`: a header of fixed length, the attribution if there is
/// one, the value last. The record's key is the row's key.
enum RecordRow {
    private static let format: UInt8 = 1

    private struct Flags: OptionSet {
        let rawValue: UInt8
        static let deleted = Flags(rawValue: 1)
        static let expires = Flags(rawValue: 2)
        static let attributed = Flags(rawValue: 4)
        /// Deleted because it expired.
        static let expired = Flags(rawValue: 8)
        static let all: Flags = [.deleted, .expires, .attributed, .expired]
    }

    /// The row of a record.
    static func encode(_ record: Record) -> [UInt8] {
        var row = RowWriter(capacity: 96 + record.value.utf8.count)
        encode(record, into: &row)
        return row.bytes
    }

    /// Appends the row of a record.
    static func encode(_ record: Record, into row: inout RowWriter) {
        var flags: Flags = []
        if record.isDeleted { flags.insert(.deleted) }
        if record.isExpiry { flags.insert(.expired) }
        if record.expiresAt != nil { flags.insert(.expires) }
        if !record.attribution.isEmpty { flags.insert(.attributed) }
        row.integer(format)
        row.integer(flags.rawValue)
        row.integer(record.version)
        row.integer(record.revision)
        row.integer(record.createdAt.milliseconds)
        row.integer(record.updatedAt.milliseconds)
        if let expiresAt = record.expiresAt { row.integer(expiresAt.milliseconds) }
        record.dataHash.withBytes { row.raw($0) }
        if flags.contains(.attributed) { encode(record.attribution, into: &row) }
        row.counted(record.value.utf8)
    }

    private static func encode(_ attribution: Attribution, into row: inout RowWriter) {
        row.text(attribution.modifiedBy)
        row.text(attribution.comment)
        row.text(attribution.schemaHash)
        row.integer(UInt32(attribution.tags.count))
        for tag in attribution.tags { row.text(tag) }
    }

    /// Reads a record from a row.
    static func decode(_ bytes: UnsafeRawBufferPointer, key: Key) throws(RocksDBFailure) -> Record {
        var row = RowReader(bytes)
        let flags = try header(&row)
        let version = try row.integer(UInt64.self)
        let revision = try row.integer(UInt64.self)
        let createdAt = Timestamp(milliseconds: try row.integer(Int64.self))
        let updatedAt = Timestamp(milliseconds: try row.integer(Int64.self))
        let expiresAt = flags.contains(.expires) ? Timestamp(milliseconds: try row.integer(Int64.self)) : nil
        let dataHash = DataHash(bytes: try row.raw(32))
        let attribution = flags.contains(.attributed) ? try attribution(&row) : .none
        let value = JSONText(trusted: try row.counted())
        try row.end()
        return Record(
            key: key, value: value, version: version, revision: revision, createdAt: createdAt, updatedAt: updatedAt,
            expiresAt: expiresAt, dataHash: dataHash, attribution: attribution,
            isDeleted: flags.contains(.deleted), isExpiry: flags.contains(.expired))
    }

    /// The revision in a row, without reading the rest.
    static func revision(_ bytes: UnsafeRawBufferPointer) throws(RocksDBFailure) -> Revision {
        var row = RowReader(bytes)
        _ = try header(&row)
        _ = try row.integer(UInt64.self)
        return try row.integer(UInt64.self)
    }

    private static func header(_ row: inout RowReader) throws(RocksDBFailure) -> Flags {
        let format = try row.integer(UInt8.self)
        guard format == Self.format else { throw RowReader.malformed("a record of format \(format)") }
        let flags = Flags(rawValue: try row.integer(UInt8.self))
        guard flags.isSubset(of: .all) else { throw RowReader.malformed("flags \(flags.rawValue)") }
        return flags
    }

    private static func attribution(_ row: inout RowReader) throws(RocksDBFailure) -> Attribution {
        var attribution = Attribution(
            modifiedBy: try row.text(), comment: try row.text(), schemaHash: try row.text())
        for _ in 0..<(try row.integer(UInt32.self)) {
            guard let tag = try row.text() else { throw RowReader.malformed("a tag without text") }
            attribution.tags.append(tag)
        }
        return attribution
    }
}
