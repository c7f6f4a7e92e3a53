import MicroJSON

extension Record {
    /// Writes the members of the metadata object; the caller has begun it.
    public func writeMetadata(to writer: inout JSONWriter) {
        writer.name("version")
        writer.integer(version)
        writer.name("revision")
        writer.integer(revision)
        writer.name("createdAt")
        writer.string(createdAt.rfc3339)
        writer.name("updatedAt")
        writer.string(updatedAt.rfc3339)
        writer.name("expiresAt")
        writer.optional(expiresAt?.rfc3339)
        writer.name("modifiedBy")
        writer.optional(attribution.modifiedBy)
        writer.name("comment")
        writer.optional(attribution.comment)
        writer.name("dataHash")
        writer.string(dataHash.description)
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
        writer.string(updatedAt.rfc3339)
        writer.name("operation")
        writer.string(isDeleted ? "delete" : "set")
        writer.name("modifiedBy")
        writer.optional(attribution.modifiedBy)
        writer.name("comment")
        writer.optional(attribution.comment)
        writer.name("dataHash")
        writer.optional(isDeleted ? nil : dataHash.description)
        if withValue, !isDeleted {
            writer.name("value")
            writer.raw(value)
        }
        writer.endObject()
    }
}

extension Node {
    /// Writes the members of the metadata object: of the one leaf that answers, or of all of them together.
    ///
    /// Without the revision history, which would outweigh any value that is written often (see `docs/decisions`).
    public func writeMetadata(to writer: inout JSONWriter) {
        if let record = soleRecord { return record.writeMetadata(to: &writer) }
        let records = (owningRecord.map { [$0] } ?? []) + below
        writer.name("version")
        writer.null()
        writer.name("revision")
        writer.integer(revision)
        writer.name("createdAt")
        writer.optional(records.map(\.createdAt).min()?.rfc3339)
        writer.name("updatedAt")
        writer.optional(records.map(\.updatedAt).max()?.rfc3339)
        writer.name("leaves")
        writer.integer(records.count)
    }
}

extension JSONWriter {
    fileprivate mutating func optional(_ text: String?) {
        if let text { string(text) } else { null() }
    }
}
