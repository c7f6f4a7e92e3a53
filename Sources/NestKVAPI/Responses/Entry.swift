import MicroJSON
import NestKVCore
import NestKVStorage

/// A value together with its metadata, as `?entry` returns it.
struct Entry {
    let text: JSONText

    /// The entry of a path, with the history of its leaf.
    init(_ node: Node, in store: any Store) async throws(StoreError) {
        var history: ArraySlice<Record> = []
        if let record = node.soleRecord {
            let records = try await store.history(record.key, limit: store.capabilities.historyDepth + 1)
            history = records.drop { $0.version >= record.version }
        }
        text = Self.write(node.composed()) { writer in
            node.writeMetadata(to: &writer)
            writer.array("revisionHistory", of: history) { $1.writeRevision(to: &$0, withValue: false) }
        }
    }

    /// The entry of one record.
    init(_ record: Record) {
        text = Self.write(record.value) { writer in record.writeMetadata(to: &writer) }
    }

    /// Writes the members of one record's entry. The caller begins and ends the object.
    static func writeMembers(of record: Record, to writer: inout JSONWriter) {
        writeMembers(record.value, to: &writer) { writer in record.writeMetadata(to: &writer) }
    }

    private static func write(_ value: JSONText, metadata: (inout JSONWriter) -> Void) -> JSONText {
        var writer = JSONWriter(reserving: value.utf8.count + 512)
        writer.beginObject()
        writeMembers(value, to: &writer, metadata: metadata)
        writer.endObject()
        return writer.text
    }

    private static func writeMembers(
        _ value: JSONText, to writer: inout JSONWriter, metadata: (inout JSONWriter) -> Void
    ) {
        writer.member("value", value)
        writer.object("metadata", metadata)
    }
}
