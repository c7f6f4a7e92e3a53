import MicroJSON
import NestKVStorage

/// A leaf's pending change: its current record and its future value.
///
/// A document that one commit changes in many places is parsed once, changed in place, and rendered and hashed once.
struct StagedLeaf {
    /// Upper bounds of the size of a value.
    struct Bounds {
        var bytes: Int
        /// The levels of nesting. Each takes two bytes.
        var depth: Int

        /// The bounds of a text with this many bytes.
        init(_ bytes: Int) { (self.bytes, depth) = (bytes, bytes / 2) }
    }

    enum Content {
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
    private(set) var metadata: LeafMetadata
    private(set) var content: Content
    private(set) var most: Bounds
    private var kept: Record?

    init(_ edit: Edit, _ metadata: LeafMetadata, previous: Record?, revision: Revision) {
        key = edit.key
        replacing = edit.replacing
        self.previous = previous
        self.revision = revision
        self.metadata = metadata
        content = edit.value.map(Content.text) ?? .nothing
        most = Bounds(edit.value?.utf8.count ?? 0)
    }

    /// Whether the leaf exists after the change.
    var isSet: Bool { if case .nothing = content { false } else { true } }

    /// Replaces the whole value; nil deletes the leaf.
    mutating func set(_ value: JSONText?, _ metadata: LeafMetadata) {
        content = value.map(Content.text) ?? .nothing
        most = Bounds(value?.utf8.count ?? 0)
        self.metadata = metadata
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

    mutating func draft(_ service: any MetadataService, _ time: Timestamp) -> Draft {
        let edit = Edit(key: key, value: text(), replacing: replacing)
        return service.draft(
            edit, attribution: metadata.attribution, time: time,
            expiresAt: edit.value == nil ? nil : metadata.expiresAt)
    }

    /// The draft as a record, for later writes of the same commit.
    mutating func record(_ service: any MetadataService, _ time: Timestamp) -> Record {
        if let kept { return kept }
        let record = draft(service, time).stamped(after: previous, revision: revision)
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

    /// Notes that the value at a path in it may have grown by the values of an operation. Bounds above the limits are
    /// replaced by the exact size.
    mutating func grow(by load: WriteLoad, levelsAbove: Int, _ limits: (bytes: Int, depth: Int)) {
        guard case .document(let document) = content else { return }
        most.bytes += load.growth
        most.depth = max(most.depth, levelsAbove + load.depth)
        guard most.bytes > limits.bytes || most.depth > limits.depth else { return }
        let size = document.size
        (most.bytes, most.depth) = (size.bytes, size.depth)
    }

    mutating func mark(_ metadata: LeafMetadata) { self.metadata = metadata }

    private mutating func parse() {
        guard case .text(let text) = content else { return }
        content = .document(JSONValue(text))
    }
}
