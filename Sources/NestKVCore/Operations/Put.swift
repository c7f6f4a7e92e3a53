import MicroJSON

/// Replaces everything at and below the path by one value: a leaf, or a part of the document that contains the path.
public struct Put: WriteOperation {
    public static let name = "put"
    public static let traits: OperationTraits = [.takesLifetime, .ignoresValue, .changesParts, .changesDocuments]

    /// The value.
    public let value: JSONText

    /// A replacement by a value.
    public init(_ value: JSONText) { self.value = value }

    public var replacement: JSONText? { value }

    public var load: WriteLoad { WriteLoad(replacingBy: value) }

    public func plan(_ node: Node, _ context: PlanContext) throws(StoreError) -> Plan {
        Plan(edits: node.edits(replacingBy: value))
    }

    public func change(_ part: inout JSONValue) throws(StoreError) -> DocumentChange {
        part = JSONValue(value)
        return .done(answer: nil)
    }
}

extension Node {
    /// The edits that replace everything in the view of the path by one value.
    func edits(replacingBy text: JSONText) -> [Edit] {
        isLeafOnly ? [.set(key, text, replacing: records.leaf)] : edits(putting: text)
    }
}
