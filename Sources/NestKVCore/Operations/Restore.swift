import MicroText

/// Restores the value that the leaf at exactly the path had in a version.
public struct Restore: NamedOperation {
    public static let name = "restore"
    public static let traits: OperationTraits = [.takesLifetime]
    public static let parameters = ["version"]

    /// The version.
    public let version: UInt64

    /// A restoration of a version.
    public init(version: UInt64) { self.version = version }

    public init(_ arguments: some OperationArguments) throws {
        let grammar = Grammar<UInt64>.number(in: 1...UInt64.max)
        guard let version = try arguments.read("version", grammar, from: .number) else {
            throw arguments.missing("version", grammar, example: "3")
        }
        self.version = version
    }

    public var restoredVersion: UInt64? { version }

    public func plan(_ node: Node, _ context: PlanContext) throws(StoreError) -> Plan {
        guard let restored = context.restored else { throw .notFound(node.key, .leaf) }
        return Plan(edits: node.edits(replacingBy: restored))
    }
}
