extension Prover {
    mutating func followsObject(_ facts: Facts, _ node: Node) -> Bool {
        let plan = other.tables.objects[Int(node.object)]
        let required = facts.requiredNames
        let target = Facts([node.index], .everything, in: other)
        for name in target.requiredNames(of: plan) where !required.contains(name) {
            return note(node.index, "required", "Objects without the member \(shown(name)) are possible.")
        }
        let (least, most) = (facts.objects.map(\.minimum).max() ?? 0, facts.mostMembers)
        guard plan.minimum <= max(least, required.count) else {
            return note(node.index, "minProperties", "Objects with fewer than \(plan.minimum) members are possible.")
        }
        guard plan.maximum >= most else {
            return note(node.index, "maxProperties", "Objects with more than \(plan.maximum) members are possible.")
        }
        guard followsMembers(facts, plan, node), followsNames(facts, plan, node) else { return false }
        for index in plan.dependencies.indices where !followsDependency(facts, other.tables.dependencies[index]) {
            return note(node.index, "dependencies", "Objects that break a dependency are possible.")
        }
        guard plan.unevaluated < 0 || proves([], .everything, plan.unevaluated) else {
            return note(node.index, "unevaluatedProperties", "This keyword is not compared.")
        }
        return true
    }

    /// Whether the values of all members are as they should be.
    private mutating func followsMembers(_ facts: Facts, _ plan: ObjectPlan, _ node: Node) -> Bool {
        let target = Facts([node.index], .everything, in: other)
        for name in facts.knownNames.union(target.knownNames) {
            guard let own = facts.nodes(forMember: name), let rules = other.nodes(of: plan, forMember: name) else {
                return note(node.index, "patternProperties", "A pattern gives no verdict on \(shown(name)).")
            }
            for rule in rules where !followsMember(own, rule, "The member \(shown(name)) is possible.", plan, node) {
                return false
            }
        }
        // All other names: those that match a pattern of either side, and those that match none.
        let patterns = plan.patterns.indices.map { other.tables.namePatterns[$0] }
        for pattern in patterns {
            let source = other.patternSources[Int(pattern.pattern)]
            guard proves(facts.nodes(forPattern: source), .everything, pattern.node) else { return false }
        }
        guard plan.additional >= 0 else { return true }
        let sources = patterns.map { other.patternSources[Int($0.pattern)] }
        let why = "Members with other names are possible."
        return (facts.namePatterns.subtracting(sources).sorted() as [String?] + [nil]).allSatisfy { source in
            followsMember(facts.nodes(forPattern: source), plan.additional, why, plan, node)
        }
    }

    private mutating func followsMember(
        _ own: [Int32], _ rule: Int32, _ why: String, _ plan: ObjectPlan, _ node: Node
    ) -> Bool {
        guard rule == plan.additional, other.tables.nodes[Int(rule)].isFalse else {
            return proves(own, .everything, rule)
        }
        return facts(own).types.isEmpty || note(node.index, "additionalProperties", why)
    }

    private func facts(_ nodes: [Int32]) -> Facts { Facts(nodes, .everything, in: first) }

    /// Whether all names of members are as they should be.
    private mutating func followsNames(_ facts: Facts, _ plan: ObjectPlan, _ node: Node) -> Bool {
        guard plan.names >= 0 else { return true }
        silence += 1
        let holds = proves(facts.objects.filter { $0.names >= 0 }.map(\.names), .string, plan.names)
        silence -= 1
        guard holds else { return note(node.index, "propertyNames", "Other names of members are possible.") }
        return true
    }

    private mutating func followsDependency(_ facts: Facts, _ dependency: Dependency) -> Bool {
        let trigger = other.name(dependency.trigger)
        if let member = facts.nodes(forMember: trigger), Facts(member, .everything, in: first).types.isEmpty {
            return true
        }
        let own = facts.objects.flatMap { plan in plan.dependencies.indices.map { first.tables.dependencies[$0] } }
            .filter { first.name($0.trigger) == trigger }
        if dependency.required >= 0 {
            let name = other.name(dependency.required)
            return facts.requiredNames.contains(name)
                || own.contains { $0.required >= 0 && first.name($0.required) == name }
        }
        return proves(facts.nodes + own.filter { $0.node >= 0 }.map(\.node), .object, dependency.node)
    }

    mutating func followsArray(_ facts: Facts, _ node: Node) -> Bool {
        let plan = other.tables.arrays[Int(node.array)]
        let (least, most) = (facts.arrays.map(\.minimum).max() ?? 0, facts.mostElements)
        guard plan.minimum <= least else {
            return note(node.index, "minItems", "Arrays with fewer than \(plan.minimum) elements are possible.")
        }
        guard plan.maximum >= most else {
            return note(node.index, "maxItems", "Arrays with more than \(plan.maximum) elements are possible.")
        }
        guard !plan.isUnique || most <= 1 || facts.arrays.contains(where: \.isUnique) else {
            return note(node.index, "uniqueItems", "Arrays with equal elements are possible.")
        }
        let fixed = (facts.arrays.map(\.prefix.count) + [plan.prefix.count]).max() ?? 0
        // The last one is for all others.
        for index in 0...Int(fixed) where index < most {
            let rule = index < Int(plan.prefix.count) ? other.list(plan.prefix)[index] : plan.items
            guard rule < 0 || proves(facts.nodes(forElement: index), .everything, rule) else { return false }
        }
        guard plan.contains < 0 || containsHolds(facts, plan, most: most) else {
            return note(node.index, "contains", "It is not shown that as many elements fit 'contains'.")
        }
        guard plan.unevaluated < 0 || proves([], .everything, plan.unevaluated) else {
            return note(node.index, "unevaluatedItems", "This keyword is not compared.")
        }
        return true
    }

    private mutating func containsHolds(_ facts: Facts, _ plan: ArrayPlan, most: Int) -> Bool {
        silence += 1
        defer { silence -= 1 }
        let isBounded =
            plan.maximumContained >= most
            || facts.arrays.contains { own in
                own.contains >= 0 && own.maximumContained <= plan.maximumContained
                    && isContained(plan.contains, in: own.contains)
            }
        guard isBounded else { return false }
        return plan.minimumContained == 0
            || facts.arrays.contains { own in
                own.contains >= 0 && own.minimumContained >= plan.minimumContained
                    && proves([own.contains], .everything, plan.contains)
            }
    }

    private func shown(_ name: [UInt8]) -> String { "'\(String(decoding: name.prefix(64), as: UTF8.self))'" }
}
