import MicroJSON
import NestKVStorage

/// A line of an import as an operation of a batch.
struct ImportLine {
    /// The line's number in the file; the first is 1.
    let number: Int
    let path: String
    /// The operation's JSON.
    let operation: [UInt8]
    /// Whether it is an earlier version of a leaf.
    var isPast = false

    /// A leaf of an export.
    ///
    /// - Parameter schemas: those that the server has. The value is stored without another one.
    /// - Returns: nil for an expired leaf.
    /// - Throws: ``CommandFailure`` that names the line.
    init?(_ entry: ImportEntry, now: Timestamp, _ schemas: ServerSchemas) throws(CommandFailure) {
        var writer = JSONWriter(reserving: entry.text.utf8.count + 128)
        writer.beginObject()
        writer.member("method", "PUT")
        writer.member("path", entry.path)
        writer.member("leaf", true)
        writer.member("value", entry.value)
        if let metadata = entry.text.slice(at: [Array("metadata".utf8)]) {
            guard try Self.write(metadata, to: &writer, entry.number, now) else { return nil }
            if let hash = metadata.text(at: "schemaHash"), try schemas.has(hash) { writer.member("schema", hash) }
        }
        writer.endObject()
        (number, path, operation) = (entry.number, entry.path, writer.bytes)
    }

    /// The same line for a server that decides itself which schema the value follows; nil if it states none.
    var withoutSchema: ImportLine? {
        let members = JSONText(trusted: operation).members
        guard members.contains(where: { $0.name == Array("schema".utf8) }) else { return nil }
        var writer = JSONWriter(reserving: operation.count)
        writer.beginObject()
        for member in members where member.name != Array("schema".utf8) {
            writer.name(utf8: member.name)
            writer.raw(member.value)
        }
        writer.endObject()
        return ImportLine(number: number, path: path, operation: writer.bytes, isPast: isPast)
    }

    /// Writes the metadata that an import keeps.
    ///
    /// - Returns: false if the leaf has expired.
    private static func write(
        _ metadata: JSONText, to writer: inout JSONWriter, _ number: Int, _ now: Timestamp
    ) throws(CommandFailure) -> Bool {
        for (name, text) in [
            ("modifiedBy", metadata.text(at: "modifiedBy")), ("comment", metadata.text(at: "comment")),
        ] {
            guard let text else { continue }
            writer.member(named: name, text)
        }
        if let tags = metadata.slice(at: [Array("tags".utf8)]) {
            writer.member("tags", tags)
        }
        guard let text = metadata.text(at: "expiresAt") else { return true }
        guard let expiry = Timestamp(rfc3339: text) else {
            throw .failure("Line \(number): 'expiresAt' is '\(text)'; it must be a time like 2026-01-02T03:04:05.678Z.")
        }
        let left = expiry.milliseconds - now.milliseconds
        guard left > 0 else { return false }
        // A duration has at most a billion of its unit.
        writer.member("ttl", left < 1_000_000_000 ? "\(left)ms" : "\(min(left / 1000, 1_000_000_000))s")
        return true
    }
}

/// A line of an import: an entry as an export has it, or `{"path":…,"value":…}`.
struct ImportEntry {
    /// The line's number in the file; the first is 1.
    let number: Int
    let text: JSONText
    let path: String
    let value: JSONText

    /// Reads a line; nil if it is empty.
    ///
    /// - Throws: ``CommandFailure`` that names the line.
    init?(_ line: ArraySlice<UInt8>, number: Int) throws(CommandFailure) {
        guard line.contains(where: { $0 != 0x20 && $0 != 0x09 }) else { return nil }
        do throws(JSONSyntaxError) {
            text = try JSONText(parsing: Array(line), limits: .anyServer)
        } catch {
            throw .failure("Line \(number) is not JSON: \(error).")
        }
        guard let path = text.text(at: "path"), let value = text.slice(at: [Array("value".utf8)]) else {
            throw .failure("Line \(number) is not an entry; it must be an object with 'path' and 'value'.")
        }
        (self.number, self.path, self.value) = (number, path, value)
    }
}
