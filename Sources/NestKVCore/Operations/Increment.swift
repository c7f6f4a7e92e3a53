import MicroJSON

/// Adds exactly to the number at the path, or to 0 if nothing is stored, and returns the sum.
public struct Increment: NamedOperation {
    public static let name = "increment"
    public static let traits: OperationTraits = [
        .givesAnswer, .takesLifetime, .changesValue, .keepsTags, .isConditional, .changesParts,
        .changesDocuments,
    ]
    public static let parameters = ["by"]

    /// The number to add.
    public let amount: JSONText

    /// An addition of a number.
    public init(by amount: JSONText) { self.amount = amount }

    public init(_ arguments: some OperationArguments) throws {
        amount = try arguments.read("by", .jsonNumber, from: .number) ?? .integer(1)
    }

    public var load: WriteLoad {
        var load = WriteLoad()
        // The longest sum.
        load.growth = 1100
        return load
    }

    public func plan(_ node: Node, _ context: PlanContext) throws(StoreError) -> Plan {
        let present = node.exists ? node.composed() : JSONText.integer(0)
        guard present.kind == .number else {
            throw StoreError(.notANumber, "The value of \(node.key) is not a number.", current: node)
        }
        guard let sum = present.adding(amount) else {
            throw StoreError(
                .notANumber, "The sum of the value of \(node.key) and \(amount) has more than 1,000 digits.")
        }
        return Plan(edits: node.edits(replacingBy: sum), answer: sum)
    }

    public func change(_ part: inout JSONValue) throws(StoreError) -> DocumentChange {
        guard case .scalar(let present) = part, let sum = present.adding(amount) else { return .impossible }
        part = .scalar(sum)
        return .done(answer: sum)
    }
}
