/// What a validation has spent, and what it may spend.
struct Expense {
    var steps: Int
    var depth: Int
    /// The first limit that was reached.
    var exceeded: BudgetExceeded.Budget?
    private let patternSteps: UInt32
    private let patternTime: Duration
    private var searches = 0
    /// When the patterns' time is up; nil until the first search.
    private var deadline: ContinuousClock.Instant?

    init(_ limits: SchemaLimits) {
        steps = limits.maximumSteps
        depth = limits.maximumDepth
        patternSteps = UInt32(clamping: limits.maximumPatternSteps)
        patternTime = limits.maximumPatternTime
    }

    /// Notes which limit was reached. The first one stays.
    mutating func exceed(_ budget: BudgetExceeded.Budget) {
        if exceeded == nil { exceeded = budget }
    }

    /// Whether a text matches a pattern; nil if a limit was reached.
    @inline(__always)
    mutating func matches(_ code: OpaquePointer, _ text: UnsafeBufferPointer<UInt8>) -> Bool? {
        searches &+= 1
        if searches & 63 == 0, isLate() { return nil }
        if let result = Pattern.matches(code, text, limit: patternSteps) { return result }
        exceed(.patternSteps)
        return nil
    }

    /// Time counts from the first reading of the clock, after 64 searches. Each has a limit of its own.
    @inline(never)
    private mutating func isLate() -> Bool {
        let now = ContinuousClock.now
        guard let deadline else {
            deadline = now + patternTime
            return false
        }
        guard now > deadline else { return false }
        exceed(.patternTime)
        return true
    }
}
