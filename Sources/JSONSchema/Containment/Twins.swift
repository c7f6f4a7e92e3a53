/// Finds nodes of two programs that have the same rules in the same order, down to all that they refer to.
struct Twins {
    let first: Program
    let other: Program
    private var known: Set<Pair> = []
    private var budget = 20_000

    private struct Pair: Hashable {
        let one: Int32
        let other: Int32
    }

    init(_ first: Program, _ other: Program) {
        self.first = first
        self.other = other
    }

    /// Whether two nodes are twins. Pairs that are met again while they are compared are taken as twins.
    mutating func areTwins(_ one: Int32, _ two: Int32) -> Bool {
        let before = known
        if compare(one, two) { return true }
        known = before
        return false
    }

    private mutating func compare(_ one: Int32, _ two: Int32) -> Bool {
        if one < 0 || two < 0 { return one < 0 && two < 0 }
        guard known.insert(Pair(one: one, other: two)).inserted else { return true }
        budget -= 1
        let (left, right) = (first.tables.nodes[Int(one)], other.tables.nodes[Int(two)])
        guard budget > 0, left.types == right.types, left.isFalse == right.isFalse,
            compare(left.numbers, right.numbers), compare(left.strings, right.strings), compare(left.any, right.any),
            (left.object < 0) == (right.object < 0), (left.array < 0) == (right.array < 0)
        else { return false }
        if left.object >= 0 {
            let plans = (first.tables.objects[Int(left.object)], other.tables.objects[Int(right.object)])
            guard compare(plans.0, plans.1) else { return false }
        }
        guard left.array >= 0 else { return true }
        return compare(first.tables.arrays[Int(left.array)], other.tables.arrays[Int(right.array)])
    }

    private mutating func compare(_ one: Span32, _ two: Span32) -> Bool {
        guard one.count == two.count else { return false }
        for (left, right) in zip(one.indices, two.indices)
        where !compare(first.tables.instructions[left], other.tables.instructions[right]) {
            return false
        }
        return true
    }

    private mutating func compare(_ one: Instruction, _ two: Instruction) -> Bool {
        guard one.operation == two.operation else { return false }
        switch one.operation {
        case .allOf, .anyOf, .oneOf: return compare(first.list(one), other.list(two))
        case .not, .reference: return compare(one.a, two.a)
        case .condition: return compare(one.a, two.a) && compare(one.b, two.b) && compare(one.c, two.c)
        case .dynamicReference: return false
        case .constant, .enumeration:
            return one.b == two.b && (0..<one.b).allSatisfy { isSameConstant(one.a + $0, two.a + $0) }
        case .minimum, .maximum, .exclusiveMinimum, .exclusiveMaximum, .multipleOf:
            return isSameConstant(one.a, two.a)
        case .minLength, .maxLength: return one.a == two.a
        case .pattern: return first.patternSources[Int(one.a)] == other.patternSources[Int(two.a)]
        case .format: return first.formats[Int(one.a)] == other.formats[Int(two.a)]
        }
    }

    private func isSameConstant(_ one: Int32, _ two: Int32) -> Bool {
        Sample(first.tables.constants[Int(one)], in: first).bytes
            == Sample(other.tables.constants[Int(two)], in: other).bytes
    }

    private mutating func compare(_ one: [Int32], _ two: [Int32]) -> Bool {
        guard one.count == two.count else { return false }
        for (left, right) in zip(one, two) where !compare(left, right) { return false }
        return true
    }

    private mutating func compare(_ one: ObjectPlan, _ two: ObjectPlan) -> Bool {
        guard one.properties.count == two.properties.count, one.required == two.required,
            one.minimum == two.minimum, one.maximum == two.maximum, one.patterns.count == two.patterns.count,
            one.dependencies.count == two.dependencies.count,
            first.list(one.moreRequired).map(first.name) == other.list(two.moreRequired).map(other.name),
            compare(one.additional, two.additional), compare(one.names, two.names),
            compare(one.unevaluated, two.unevaluated)
        else { return false }
        for (left, right) in zip(one.properties.indices, two.properties.indices) {
            let (own, its) = (first.tables.properties[left], other.tables.properties[right])
            guard first.name(own) == other.name(its), own.required == its.required, compare(own.node, its.node) else {
                return false
            }
        }
        for (left, right) in zip(one.patterns.indices, two.patterns.indices) {
            let (own, its) = (first.tables.namePatterns[left], other.tables.namePatterns[right])
            let isSame = first.patternSources[Int(own.pattern)] == other.patternSources[Int(its.pattern)]
            guard isSame, compare(own.node, its.node) else { return false }
        }
        for (left, right) in zip(one.dependencies.indices, two.dependencies.indices) {
            let (own, its) = (first.tables.dependencies[left], other.tables.dependencies[right])
            let required = own.required < 0 ? nil : first.name(own.required)
            guard first.name(own.trigger) == other.name(its.trigger),
                required == (its.required < 0 ? nil : other.name(its.required)), compare(own.node, its.node)
            else { return false }
        }
        return true
    }

    private mutating func compare(_ one: ArrayPlan, _ two: ArrayPlan) -> Bool {
        one.minimum == two.minimum && one.maximum == two.maximum && one.isUnique == two.isUnique
            && one.minimumContained == two.minimumContained && one.maximumContained == two.maximumContained
            && one.containsEvaluates == two.containsEvaluates && one.isOld == two.isOld
            && compare(first.list(one.prefix), other.list(two.prefix)) && compare(one.items, two.items)
            && compare(one.contains, two.contains) && compare(one.unevaluated, two.unevaluated)
    }
}
