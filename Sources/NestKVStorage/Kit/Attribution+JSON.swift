import MicroJSON

/// How a store names the members of an attribution in JSON.
public struct AttributionNames: Sendable {
    let modifiedBy: String, comment: String, schemaHash: String

    /// Names from their parts. The member with the tags is `tags`.
    public init(modifiedBy: String, comment: String, schemaHash: String) {
        (self.modifiedBy, self.comment, self.schemaHash) = (modifiedBy, comment, schemaHash)
    }
}

extension Attribution {
    /// A JSON object on one line, without the members that are empty.
    public func json(_ names: AttributionNames) -> [UInt8] {
        var writer = JSONWriter(reserving: 128)
        writer.beginObject()
        for (name, text) in [
            (names.modifiedBy, modifiedBy), (names.comment, comment), (names.schemaHash, schemaHash),
        ] {
            guard let text else { continue }
            writer.member(named: name, text)
        }
        if !tags.isEmpty { writer.array("tags", of: tags) { $0.string($1) } }
        writer.endObject()
        return writer.bytes
    }

    /// Reads such an object. What can't be read is left out.
    public init(json text: some Collection<UInt8>, _ names: AttributionNames) {
        self.init()
        guard let value = try? JSONValue(parsing: Array(text)), case .object(let members) = value else { return }
        func string(_ value: JSONValue?) -> String? {
            value?.stringContent.map { String(decoding: $0, as: UTF8.self) }
        }
        modifiedBy = string(members[names.modifiedBy])
        comment = string(members[names.comment])
        schemaHash = string(members[names.schemaHash])
        if case .array(let elements) = members["tags"] { tags = elements.compactMap { string($0) } }
    }
}
