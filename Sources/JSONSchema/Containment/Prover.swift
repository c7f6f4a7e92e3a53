/// Proves that all values which follow a node of one program follow a node of another one.
///
/// The first side of a goal is a set of nodes that a value follows together. A goal that is met again while it is being
/// proven is taken as proven: between both is a step into a part of the value, and values are finite.
struct Prover {
    let first: Program
    let other: Program
    var budget: Int
    /// How often the sides were exchanged.
    let exchanges: Int
    private(set) var breaking: [SchemaContainment.Break] = []
    /// Above 0, nothing is noted, because there are other ways to a proof.
    var silence = 0
    private var depth = 0
    private var twins: Twins
    /// The goals that are proven or being proven.
    private var proven: Set<Goal> = []
    /// These in the order in which they were begun.
    private var trail: [Goal] = []

    struct Goal: Hashable {
        let nodes: [Int32]
        let types: UInt8
        let target: Int32
    }

    init(_ first: Program, _ other: Program, budget: Int, exchanges: Int = 0) {
        self.first = first
        self.other = other
        self.budget = budget
        self.exchanges = exchanges
        twins = Twins(first, other)
    }

    mutating func proves() -> Bool {
        guard !first.tables.isDynamic, !other.tables.isDynamic else {
            note(other.tables.root, "$dynamicRef", "References that depend on the way to them are not compared.")
            return false
        }
        return proves([first.tables.root], .everything, other.tables.root)
    }

    /// Whether values that follow all nodes and have one of the types follow a node of the other program.
    mutating func proves(_ nodes: [Int32], _ types: TypeSet, _ target: Int32) -> Bool {
        let facts = Facts(nodes, types, in: first)
        if facts.types.isEmpty { return true }
        let goal = Goal(nodes: facts.nodes, types: facts.types.rawValue, target: target)
        if proven.contains(goal) || facts.nodes.contains(where: { twins.areTwins($0, target) }) { return true }
        budget -= 1
        guard budget > 0, depth < 100 else {
            note(target, "", "The comparison costs too much.")
            return false
        }
        depth += 1
        defer { depth -= 1 }
        let mark = trail.count
        proven.insert(goal)
        trail.append(goal)
        if follows(facts, target) { return true }
        // What was proven since may rest on this goal.
        for goal in trail[mark...] { proven.remove(goal) }
        trail.removeSubrange(mark...)
        return false
    }

    private mutating func follows(_ facts: Facts, _ target: Int32) -> Bool {
        if let values = facts.values { return follows(values, of: facts, target) }
        // Rules that fail in one go may hold in each branch.
        let splits = facts.splits
        if splits.isEmpty { return followsAtOnce(facts, target) }
        silence += 1
        let isDone = followsAtOnce(facts, target)
        silence -= 1
        if isDone { return true }
        for split in splits {
            silence += 1
            let holds = split.branches.allSatisfy { branch in
                var rest = facts
                rest.markSplit(split.instruction)
                return proves(rest.nodes + branch, facts.types, target, without: rest.done)
            }
            silence -= 1
            if holds { return true }
        }
        return followsAtOnce(facts, target)
    }

    private mutating func proves(
        _ nodes: [Int32], _ types: TypeSet, _ target: Int32, without done: Set<Int>
    ) -> Bool {
        budget -= 1
        guard budget > 0, depth < 100 else { return false }
        depth += 1
        defer { depth -= 1 }
        var facts = Facts(nodes, types, in: first)
        facts.done = done
        if facts.types.isEmpty { return true }
        return follows(facts, target)
    }

    /// Each of finitely many values is tried.
    private mutating func follows(_ values: [Sample], of facts: Facts, _ target: Int32) -> Bool {
        for value in values where facts.nodes.allSatisfy({ value.follows($0, of: first) != false }) {
            guard value.follows(target, of: other) == true else {
                note(target, "enum", "The value \(value.shown) is possible.")
                return false
            }
        }
        return true
    }

    private mutating func followsAtOnce(_ facts: Facts, _ target: Int32) -> Bool {
        let node = other.tables.nodes[Int(target)]
        let excess = facts.types.subtracting(node.types.spelled)
        guard excess.isEmpty else {
            note(target, node.isFalse ? "false" : "type", "Values of the type \(excess.names) are possible.")
            return false
        }
        if !facts.types.isDisjoint(with: .numbers), !followsNumbers(facts, node) { return false }
        if facts.types.contains(.string), !followsStrings(facts, node) { return false }
        for index in node.any.indices where !followsAny(facts, other.tables.instructions[index], node) { return false }
        if facts.types.contains(.object), node.object >= 0, !followsObject(facts, node) { return false }
        if facts.types.contains(.array), node.array >= 0, !followsArray(facts, node) { return false }
        return true
    }

    /// Notes a rule that doesn't follow. Always false.
    @discardableResult
    mutating func note(_ node: Int32, _ keyword: String, _ why: String) -> Bool {
        guard silence == 0, breaking.count < 32 else { return false }
        breaking.append(SchemaContainment.Break(pointer: other.locations[Int(node)], change: keyword, why: why))
        return false
    }
}
