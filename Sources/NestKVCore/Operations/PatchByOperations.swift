import MicroJSON

/// Changes the composed value by a JSON patch (RFC 6902).
public struct PatchByOperations: WriteOperation {
    public static let name = "patch"
    public static let traits: OperationTraits = [
        .takesLifetime, .changesValue, .keepsTags, .changesParts, .changesDocuments,
    ]

    /// The patch.
    public let patch: JSONPatch

    /// A change by a patch.
    public init(_ patch: JSONPatch) { self.patch = patch }

    /// Reads the patch from its document.
    public init(document: JSONValue) throws(StoreError) {
        do throws(JSONPatchError) { patch = try JSONPatch(document) } catch { throw StoreError(error) }
    }

    public var load: WriteLoad {
        var load = WriteLoad()
        for operation in patch.operations {
            switch operation {
            case .add(_, let value), .replace(_, let value): load.bytes += value.size.bytes
            case .remove, .move, .copy, .test: break
            }
        }
        // Only the limits bound what the patch copies, and how deep.
        (load.growth, load.depth) = (.max / 2, .max / 2)
        return load
    }

    public func plan(_ node: Node, _ context: PlanContext) throws(StoreError) -> Plan {
        guard node.exists else { throw .notFound(node.key, .tree) }
        var value = JSONValue(node.composed())
        _ = try change(&value)
        return Plan(edits: node.edits(patching: value, keys: context.keys))
    }

    public func change(_ part: inout JSONValue) throws(StoreError) -> DocumentChange {
        do throws(JSONPatchError) { try patch.apply(in: &part) } catch { throw StoreError(error) }
        return .done(answer: nil)
    }
}

extension StoreError {
    /// Converts the error of a patch that is malformed or can't be applied.
    public init(_ error: JSONPatchError) {
        let code: Code =
            switch error.kind {
            case .malformed: .invalidPatch
            case .testFailed: .testFailed
            case .notApplicable: .notApplicable
            case .tooLarge: .valueTooLarge
            }
        self.init(code, error.message, pointer: error.pointer, operationIndex: error.opIndex)
    }
}
