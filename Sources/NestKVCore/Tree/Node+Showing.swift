import Digests
import MicroJSON
import MicroText
import NestKVStorage

extension Node {
    /// What a reader gets instead of what is stored.
    public final class Shown: Sendable {
        /// The node as it is stored: its metadata, its state and its revision are those of the shown one.
        public let stored: Node
        /// What distinguishes the entity tag from those of other representations of the state.
        let variant: String
        /// The hash of the schema whose shape the value has; nil if only parts of it have another shape.
        public let schemaHash: String?
        /// The number of invalid values that are left out.
        public let leftOut: Int

        fileprivate init(_ stored: Node, _ text: JSONText, schemaHash: String?, leftOut: Int) {
            self.stored = stored
            variant = "schema=" + SHA256.digest(of: text.utf8).withBytes { Hexadecimal.text(of: $0.prefix(4)) }
            self.schemaHash = schemaHash
            self.leftOut = leftOut
        }
    }

    /// This node with another value, which readers get instead of the stored one.
    ///
    /// - Parameters:
    ///   - key: the path; that of this node, or one below it.
    ///   - schemaHash: the schema whose shape the value has.
    ///   - leftOut: the number of invalid values that it lacks.
    func showing(_ text: JSONText, at key: Key, schemaHash: String?, leftOut: Int = 0) -> Node {
        var records = NodeRecords(latest: Record(showing: text, at: key), revision: self.records.revision)
        records.unchangedSince = self.records.unchangedSince
        var node = Node(key: key, records: records)
        node.shown = Shown(self, text, schemaHash: schemaHash, leftOut: leftOut)
        return node
    }
}

extension Record {
    /// This record with another value, which follows a schema.
    func showing(_ text: JSONText, schemaHash: String?) -> Record {
        var attribution = attribution
        attribution.schemaHash = schemaHash
        return Record(
            key: key, value: text, version: version, revision: revision, createdAt: createdAt, updatedAt: updatedAt,
            expiresAt: expiresAt, dataHash: dataHash, attribution: attribution, isDeleted: isDeleted)
    }

    /// A record that is only shown and has no metadata.
    fileprivate convenience init(showing text: JSONText, at key: Key) {
        self.init(
            key: key, value: text, version: 0, revision: 0, createdAt: .now, updatedAt: .now, expiresAt: nil,
            dataHash: DataHash(ofText: text), attribution: .none, isDeleted: false)
    }
}
