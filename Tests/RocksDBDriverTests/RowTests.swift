import MicroJSON
import NestKVStorage
import Testing

@testable import RocksDBDriver

@Suite("Rows", .timeLimit(.minutes(1)))
struct RowTests {
    private let records: [Record] = [
        Draft.test(Key(["a", "é 🙂"].map(\.utf8)), #"{"n":1.0}"#).stamped(after: nil, revision: 1),
        Draft.test(Key(["a"].map(\.utf8)), nil).stamped(after: nil, revision: .max),
        Draft(
            key: Key(["b"].map(\.utf8)), value: JSONText(trusted: Array("[]".utf8)),
            dataHash: [UInt8](0..<32).withUnsafeBytes { DataHash(bytes: $0) }, time: Timestamp(milliseconds: -1),
            expiresAt: Timestamp(milliseconds: .max),
            attribution: Attribution(modifiedBy: "", comment: "näh", tags: ["", "b"], schemaHash: nil)
        ).stamped(after: nil, revision: 7),
    ]

    private func encode(_ change: ChangeRow) -> [UInt8] {
        var row = RowWriter(capacity: 1)
        let recordBytes = change.encode(into: &row)
        #expect(Array(row.bytes.suffix(recordBytes)) == RecordRow.encode(change.change.record))
        return row.bytes
    }

    private func describe(_ record: Record) -> String {
        "\(record.key.bytes) \(record.value) \(record.version) \(record.revision) \(record.createdAt) "
            + "\(record.updatedAt) \(record.expiresAt as Any) \(record.dataHash) \(record.attribution) "
            + "\(record.isDeleted)"
    }

    @Test func `a record and a change are read back unchanged`() throws {
        for record in records {
            let row = RecordRow.encode(record)
            let read = try row.withUnsafeBytes { row in try RecordRow.decode(row, key: record.key) }
            #expect(describe(read) == describe(record))
            #expect(try row.withUnsafeBytes { row in try RecordRow.revision(row) } == record.revision)
            let change = Change(operation: .expire, record: record, commitRevision: 9)
            let changeRow = encode(ChangeRow(change: change, committedAt: Timestamp(milliseconds: 5)))
            let again = try changeRow.withUnsafeBytes { row in try ChangeRow.decode(row) }
            #expect(describe(again.record) == describe(record) && again.operation == .expire)
            #expect(again.commitRevision == 9)
        }
    }

    @Test func `a row that is cut or changed is read or refused, without a crash`() throws {
        var random = SystemRandomNumberGenerator()
        for record in records {
            let change = Change(operation: .set, record: record, commitRevision: 9)
            for row in [RecordRow.encode(record), encode(ChangeRow(change: change, committedAt: .now))] {
                for count in 0..<row.count {
                    read(Array(row[..<count]))
                    #expect(throws: RocksDBFailure.self) {
                        try row[..<count].withUnsafeBytes { row in try RecordRow.decode(row, key: .root) }
                    }
                }
                for _ in 0..<2000 {
                    var changed = row
                    for _ in 0...Int.random(in: 0...3, using: &random) {
                        changed[Int.random(in: 0..<row.count, using: &random)] = UInt8.random(
                            in: 0...255, using: &random)
                    }
                    read(changed)
                }
            }
        }
    }

    private func read(_ row: [UInt8]) {
        row.withUnsafeBytes { row in
            _ = try? RecordRow.decode(row, key: .root)
            _ = try? RecordRow.revision(row)
            _ = try? ChangeRow.decode(row)
            _ = try? ChangeRow.commit(row)
            _ = try? StoreState.decode(row)
        }
    }

    @Test func `rows of a leaf's history are sorted by version, before those of the leaves below`() {
        let key = Key(["a"].map(\.utf8))
        let rows = [
            key.historyRow(version: 1), key.historyRow(version: 255), key.historyRow(version: 256),
            key.appending([1]).historyRow(version: 1), key.appending("b".utf8).historyRow(version: 1),
            Key(["a\u{1}"].map(\.utf8)).historyRow(version: 1),
        ]
        #expect(rows == rows.sorted { $0.lexicographicallyPrecedes($1) })
    }
}
