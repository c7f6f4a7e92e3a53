/// What a validator does with the rules that a value breaks: nothing, if only the verdict is asked for, or collect
/// them.
protocol ErrorSink {
    /// Whether errors are collected. A validator that doesn't collect stops at the first.
    static var collects: Bool { get }
    /// Whether no more errors are taken.
    var isFull: Bool { get }
    /// The number of errors so far.
    var count: Int { get }

    mutating func enterValue(_ token: String)
    mutating func leaveValue()
    mutating func enterKeyword(_ path: String)
    mutating func leaveKeyword()
    mutating func report(_ keyword: String, path: String, detail: String)
    /// A sink for the errors of one branch, which begins where this one is.
    func branch() -> Self
    /// Takes over the errors of a branch.
    mutating func take(_ branch: Self, index: Int)
    /// How well a branch fits: the deeper its deepest error, the better; and the fewer errors.
    func fitness(from start: Self) -> (Int, Int)
}

/// Takes no errors.
struct Silence: ErrorSink {
    static var collects: Bool { false }
    var isFull: Bool { false }
    var count: Int { 0 }

    func enterValue(_ token: String) {}
    func leaveValue() {}
    func enterKeyword(_ path: String) {}
    func leaveKeyword() {}
    func report(_ keyword: String, path: String, detail: String) {}
    func branch() -> Silence { self }
    func take(_ branch: Silence, index: Int) {}
    func fitness(from start: Silence) -> (Int, Int) { (0, 0) }
}

/// Collects errors up to a limit.
struct Collector: ErrorSink {
    static var collects: Bool { true }
    private let limit: Int
    private(set) var errors: [SchemaViolation] = []
    private var value: [String] = []
    private var keywords: [String] = []
    /// Whether some error is about the kind of the value where the branch began, or about a fixed value in it.
    private var isOfOtherKind = false
    /// The number of tokens of the deepest error.
    private var deepest = 0
    private var start = 0

    init(limit: Int) {
        self.limit = limit
    }

    var isFull: Bool { errors.count >= limit }
    var count: Int { errors.count }

    mutating func enterValue(_ token: String) {
        value.append("/" + token)
    }

    mutating func leaveValue() {
        value.removeLast()
    }

    mutating func enterKeyword(_ path: String) {
        keywords.append(path)
    }

    mutating func leaveKeyword() {
        keywords.removeLast()
    }

    mutating func report(_ keyword: String, path: String, detail: String) {
        let isFixed = keyword == "const" || keyword == "enum"
        if value.count == start, keyword == "type" || isFixed { isOfOtherKind = true }
        // A member with a fixed value tells branches apart.
        if value.count == start + 1, isFixed { isOfOtherKind = true }
        deepest = max(deepest, value.count)
        guard !isFull else { return }
        errors.append(
            SchemaViolation(
                instanceLocation: value.joined(), keywordLocation: keywords.joined() + path, keyword: keyword,
                detail: detail, branch: nil))
    }

    func branch() -> Collector {
        var branch = self
        branch.errors = []
        branch.isOfOtherKind = false
        branch.start = value.count
        branch.deepest = value.count
        return branch
    }

    mutating func take(_ branch: Collector, index: Int) {
        deepest = max(deepest, branch.deepest)
        for error in branch.errors where !isFull {
            errors.append(
                SchemaViolation(
                    instanceLocation: error.instanceLocation, keywordLocation: error.keywordLocation,
                    keyword: error.keyword, detail: error.detail, branch: error.branch ?? index))
        }
    }

    func fitness(from start: Collector) -> (Int, Int) {
        (isOfOtherKind ? -1 : deepest - start.value.count, -errors.count)
    }
}
