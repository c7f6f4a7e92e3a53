import MicroJSON

/// Changes the composed value by a merge patch (RFC 7396). It creates the value if nothing is stored.
public struct PatchByMerge: WriteOperation {
    public static let name = "patch"
    public static let traits: OperationTraits = [
        .takesLifetime, .changesValue, .keepsTags, .changesParts, .changesDocuments,
    ]

    /// The patch.
    public let patch: JSONValue

    /// A change by a patch.
    public init(_ patch: JSONValue) { self.patch = patch }

    public var load: WriteLoad {
        let size = patch.size
        var load = WriteLoad()
        (load.bytes, load.growth, load.depth) = (size.bytes, size.bytes, size.depth)
        return load
    }

    public func plan(_ node: Node, _ context: PlanContext) throws(StoreError) -> Plan {
        let node = node.narrowed(to: patch)
        let before = node.exists ? JSONValue(node.composed()) : .null
        return Plan(edits: node.edits(patching: before.mergePatched(with: patch), keys: context.keys))
    }

    public func change(_ part: inout JSONValue) throws(StoreError) -> DocumentChange {
        part.mergePatch(patch)
        return .done(answer: nil)
    }
}
