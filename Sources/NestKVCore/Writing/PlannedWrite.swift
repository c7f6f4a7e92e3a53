import MicroJSON
import NestKVStorage

/// A write whose changes are planned but not committed, as ``WriteRule``s see it.
public struct PlannedWrite {
    let work: PreparedWrite
    /// The path before the write. What answers for it is not determined if the write changes a document in place.
    public let node: Node
    /// The settings of the entry point.
    public let settings: EntryPointSettings?
    /// Whether the commit has conditions besides the writes' own.
    public let hasConditions: Bool
    let plan: Plan
    /// The document that is changed in place; there are no edits then.
    let document: StagedLeaf?
    /// Upper bounds of the size of its leaves' values.
    let most: StagedLeaf.Bounds

    init(
        work: PreparedWrite, node: Node, settings: EntryPointSettings?, hasConditions: Bool, plan: Plan,
        document: StagedLeaf? = nil
    ) {
        self.work = work
        self.node = node
        self.settings = settings
        self.hasConditions = hasConditions
        self.plan = plan
        self.document = document
        most = document?.most ?? StagedLeaf.Bounds(plan.edits.reduce(0) { max($0, $1.value?.utf8.count ?? 0) })
    }

    /// The write as it was requested.
    public var request: WriteRequest { work.request }
    /// What is special about the operation.
    public var traits: OperationTraits { work.traits }
    /// The leaves that it sets and deletes, as they are after it.
    public var leaves: Leaves { Leaves(edits: plan.edits, document: document) }

    /// The leaves that a write sets and deletes.
    public struct Leaves: RandomAccessCollection {
        fileprivate let edits: [Edit]
        fileprivate let document: StagedLeaf?

        public var startIndex: Int { 0 }
        public var endIndex: Int { document == nil ? edits.count : 1 }

        public subscript(index: Int) -> PlannedLeaf {
            document.map(PlannedLeaf.init) ?? PlannedLeaf(edits[index])
        }
    }
}

/// A leaf after a planned write.
public struct PlannedLeaf {
    /// The leaf.
    public let key: Key
    /// The live leaf in the store that it replaces.
    public let replacing: Record?
    private let content: StagedLeaf.Content
    /// Upper bounds of the value's size.
    private let most: StagedLeaf.Bounds

    init(_ edit: Edit) {
        key = edit.key
        replacing = edit.replacing
        content = edit.value.map(StagedLeaf.Content.text) ?? .nothing
        most = StagedLeaf.Bounds(edit.value?.utf8.count ?? 0)
    }

    init(_ staged: StagedLeaf) {
        key = staged.key
        replacing = staged.replacing
        content = staged.content
        most = staged.most
    }

    /// Its value; nil if it is deleted. The text of a document that is changed in place is made by each call.
    public var value: JSONText? {
        switch content {
        case .nothing: nil
        case .text(let text): text
        case .document(let document): document.text
        }
    }

    /// The bytes of its value, if they exceed a limit. A document that is changed in place is traversed only if its
    /// changes can have made it that large.
    public func bytes(above limit: Int) -> Int? {
        guard most.bytes > limit else { return nil }
        let bytes = if case .document(let document) = content { document.size.bytes } else { most.bytes }
        return bytes > limit ? bytes : nil
    }

    /// Whether its value is nested more than a number of levels.
    public func isDeeper(than limit: Int) -> Bool {
        guard most.depth > limit else { return false }
        return switch content {
        case .nothing: false
        case .text(let text): text.depth > limit
        case .document(let document): document.size.depth > limit
        }
    }
}
