import MicroJSON
import NestKVStorage

/// A leaf's pending change: its current record and its future value.
///
/// A document that one commit changes in many places is parsed once, changed in place, and rendered and hashed once.
struct StagedLeaf {
    /// The metadata of the change.
    struct Label {
        var attribution: Attribution
        var expiresAt: Timestamp?
    }

    private enum Content {
        case nothing
        case text(JSONText)
        case document(JSONValue)
    }

    let key: Key
    let replacing: Record?
    /// The leaf's latest record in the store, which may be a tombstone, if it is known.
    private let previous: Record?
    /// The earliest possible next revision, so that the pending record can't be confused with the stored one.
    private let revision: Revision
    private(set) var label: Label
    private var content: Content
    /// An upper bound of the bytes of the value's text.
    private var mostBytes = 0
    private var kept: Record?

    init(_ edit: Edit, _ label: Label, previous: Record?, revision: Revision) {
        key = edit.key
        replacing = edit.replacing
        self.previous = previous
        self.revision = revision
        self.label = label
        content = edit.value.map(Content.text) ?? .nothing
    }

    /// Whether the leaf exists after the change.
    var isSet: Bool { if case .nothing = content { false } else { true } }

    /// Replaces the whole value; nil deletes the leaf.
    mutating func set(_ value: JSONText?, _ label: Label) {
        content = value.map(Content.text) ?? .nothing
        self.label = label
        kept = nil
    }

    /// The future value.
    mutating func text() -> JSONText? {
        switch content {
        case .nothing: return nil
        case .text(let text): return text
        case .document(let document):
            let text = document.text
            content = .text(text)
            return text
        }
    }

    mutating func draft(_ metadata: any MetadataService, _ time: Timestamp) -> Draft {
        let edit = Edit(key: key, value: text(), replacing: replacing)
        return metadata.draft(
            edit, attribution: label.attribution, time: time, expiresAt: edit.value == nil ? nil : label.expiresAt)
    }

    /// The draft as a record, for later writes of the same commit.
    mutating func record(_ metadata: any MetadataService, _ time: Timestamp) -> Record {
        if let kept { return kept }
        let record = draft(metadata, time).stamped(after: previous, revision: revision)
        kept = record
        return record
    }

    /// Whether the value contains a path.
    mutating func contains(_ path: [[UInt8]]) -> Bool {
        parse()
        guard case .document(let document) = content else { return false }
        return document.value(at: path) != nil
    }

    /// Whether the value may have a part at a key below the leaf. The name `_value` may name any value.
    mutating func mayContain(partAt key: Key) -> Bool {
        let path = key.segments(below: self.key).map(Array.init)
        return path.contains(JSONObject.valueName) || contains(path)
    }

    /// Changes the document in place.
    ///
    /// - Precondition: ``isSet``.
    mutating func change<Result>(
        _ body: (inout JSONValue) throws(StoreError) -> Result
    ) throws(StoreError) -> Result {
        parse()
        guard case .document(var document) = content else { preconditionFailure("a deleted leaf has no document") }
        // Drops this reference, so that nothing is copied.
        content = .nothing
        kept = nil
        defer { content = .document(document) }
        return try body(&document)
    }

    /// Notes that the value grew by at most this many bytes, and returns its size if it may exceed a limit.
    mutating func grow(by bytes: Int, limit: Int) -> Int {
        switch content {
        case .nothing: mostBytes = 0
        case .text(let text): mostBytes = text.utf8.count
        case .document(let document):
            mostBytes += bytes
            if mostBytes > limit { mostBytes = document.size.bytes }
        }
        return mostBytes
    }

    mutating func mark(_ label: Label) { self.label = label }

    private mutating func parse() {
        guard case .text(let text) = content else { return }
        mostBytes = text.utf8.count
        content = .document(JSONValue(text))
    }
}
