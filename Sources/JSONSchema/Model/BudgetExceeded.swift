/// A validation that was stopped, because it cost more than its limits allow. There is no verdict.
public struct BudgetExceeded: Error, Sendable, Hashable {
    /// What was spent.
    public enum Budget: String, Sendable, Hashable {
        case steps, depth, patternSteps, patternTime
    }

    /// What was spent.
    public let budget: Budget
    /// Which limit was reached, and what it is.
    public let detail: String

    init(_ budget: Budget, limits: SchemaLimits) {
        self.budget = budget
        detail =
            switch budget {
            case .steps: "The value needs more than \(limits.maximumSteps) steps to validate."
            case .depth: "The value needs more than \(limits.maximumDepth) subschemas inside one another."
            case .patternSteps:
                "A search for a pattern of the schema needs more than \(limits.maximumPatternSteps) steps in the value."
            case .patternTime:
                "The patterns of the schema take more than \(limits.maximumPatternTime) to search for in the value."
            }
    }
}
