import MicroJSON
import NestKVStorage

extension Record {
    /// Writes the members of the metadata object. The caller begins and ends the object.
    public func writeMetadata(to writer: inout JSONWriter) {
        writer.name("version")
        writer.integer(version)
        writer.name("revision")
        writer.integer(revision)
        writer.name("createdAt")
        writer.time(createdAt)
        writer.name("updatedAt")
        writer.time(updatedAt)
        writer.name("expiresAt")
        writer.time(expiresAt)
        writer.name("modifiedBy")
        writer.optional(attribution.modifiedBy)
        writer.name("comment")
        writer.optional(attribution.comment)
        writer.name("dataHash")
        if isDeleted { writer.null() } else { writer.hash(dataHash) }
        writer.name("schemaHash")
        writer.optional(attribution.schemaHash)
        writer.name("tags")
        writer.beginArray()
        for tag in attribution.tags { writer.string(tag) }
        writer.endArray()
    }

    /// Writes one revision of a history as an object.
    public func writeRevision(to writer: inout JSONWriter, withValue: Bool) {
        writer.beginObject()
        writer.name("version")
        writer.integer(version)
        writer.name("revision")
        writer.integer(revision)
        writer.name("timestamp")
        writer.time(updatedAt)
        writer.name("operation")
        writer.string(isDeleted ? (isExpiry ? "expire" : "delete") : "set")
        writer.name("modifiedBy")
        writer.optional(attribution.modifiedBy)
        writer.name("comment")
        writer.optional(attribution.comment)
        writer.name("dataHash")
        if isDeleted { writer.null() } else { writer.hash(dataHash) }
        if withValue, !isDeleted {
            writer.name("value")
            writer.raw(value)
        }
        writer.endObject()
    }
}

extension Node {
    /// Writes the members of the metadata object, for the one leaf that answers or for all leaves together.
    ///
    /// The revision history is omitted, because it would be larger than a value that is written often (see
    /// `docs/decisions`).
    public func writeMetadata(to writer: inout JSONWriter) {
        if let record = soleRecord { return record.writeMetadata(to: &writer) }
        let records = (owningRecord.map { [$0] } ?? []) + below
        writer.name("version")
        writer.null()
        writer.name("revision")
        writer.integer(revision)
        writer.name("createdAt")
        writer.time(records.map(\.createdAt).min())
        writer.name("updatedAt")
        writer.time(records.map(\.updatedAt).max())
        writer.name("leaves")
        writer.integer(records.count)
    }
}

extension JSONWriter {
    fileprivate mutating func optional(_ text: String?) {
        if let text { string(text) } else { null() }
    }

    fileprivate mutating func time(_ time: Timestamp?) {
        guard let time else { return null() }
        string(ascii: Timestamp.rfc3339Length) { time.writeRFC3339(to: $0) }
    }

    fileprivate mutating func hash(_ hash: DataHash) {
        string(ascii: DataHash.textLength) { hash.write(to: $0) }
    }
}
