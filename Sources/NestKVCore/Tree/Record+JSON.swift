import MicroJSON
import NestKVStorage

extension Record {
    /// Writes the members of the metadata object. The caller begins and ends the object.
    public func writeMetadata(to writer: inout JSONWriter) {
        writer.member("version", version)
        writer.member("revision", revision)
        writer.member("createdAt", createdAt)
        writer.member("updatedAt", updatedAt)
        writer.member("expiresAt", expiresAt)
        writer.member("modifiedBy", attribution.modifiedBy)
        writer.member("comment", attribution.comment)
        writer.member("dataHash", isDeleted ? nil : dataHash)
        writer.member("schemaHash", attribution.schemaHash)
        writer.array("tags", of: attribution.tags) { $0.string($1) }
    }

    /// Writes one revision of a history as an object.
    public func writeRevision(to writer: inout JSONWriter, withValue: Bool) {
        writer.beginObject()
        writer.member("version", version)
        writer.member("revision", revision)
        writer.member("timestamp", updatedAt)
        writer.member("operation", isDeleted ? (isExpiry ? "expire" : "delete") : "set")
        writer.member("modifiedBy", attribution.modifiedBy)
        writer.member("comment", attribution.comment)
        writer.member("dataHash", isDeleted ? nil : dataHash)
        if withValue, !isDeleted {
            writer.member("value", value)
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
        if let shown {
            shown.stored.writeMetadata(to: &writer)
            if let hash = shown.schemaHash { writer.member("shownAs", hash) }
            return
        }
        if let record = soleRecord { return record.writeMetadata(to: &writer) }
        let records = owningRecords + below
        writer.member("version", JSONText.null)
        writer.member("revision", revision)
        writer.member("createdAt", records.map(\.createdAt).min())
        writer.member("updatedAt", records.map(\.updatedAt).max())
        writer.member("leaves", records.count)
    }
}
