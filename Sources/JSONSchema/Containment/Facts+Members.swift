extension Facts {
    /// The names of members that the value has.
    var requiredNames: Set<[UInt8]> { Set(objects.flatMap(requiredNames)) }

    /// The names that one plan requires.
    func requiredNames(of plan: ObjectPlan) -> [[UInt8]] {
        plan.properties.indices.map { program.tables.properties[$0] }.filter { $0.required != 0 }.map(program.name)
            + program.list(plan.moreRequired).map(program.name)
    }

    /// The names of members that some rule is for.
    var knownNames: Set<[UInt8]> {
        var names: Set<[UInt8]> = requiredNames
        for plan in objects {
            for index in plan.properties.indices { names.insert(program.name(program.tables.properties[index])) }
        }
        return names
    }

    /// The nodes that the value of a member follows; nil if a pattern gives no verdict on its name.
    func nodes(forMember name: [UInt8]) -> [Int32]? {
        var nodes: [Int32] = []
        for plan in objects {
            guard let own = program.nodes(of: plan, forMember: name) else { return nil }
            nodes += own
        }
        return nodes
    }

    /// The nodes that the value of a member follows whose name is not in `properties`.
    ///
    /// - Parameter source: A pattern that the name matches; nil for a name that matches no pattern.
    func nodes(forPattern source: String?) -> [Int32] {
        objects.flatMap { plan -> [Int32] in
            let own = plan.patterns.indices.map { program.tables.namePatterns[$0] }
            if let source, let pattern = own.first(where: { program.patternSources[Int($0.pattern)] == source }) {
                return [pattern.node]
            }
            return plan.additional >= 0 && (own.isEmpty || source == nil) ? [plan.additional] : []
        }
    }

    /// The patterns for names.
    var namePatterns: Set<String> {
        Set(
            objects.flatMap { plan in
                plan.patterns.indices.map { program.patternSources[Int(program.tables.namePatterns[$0].pattern)] }
            })
    }

    /// The most members.
    var mostMembers: Int {
        let most = objects.map(\.maximum).min() ?? Int.max
        guard namePatterns.isEmpty, isImpossible(nodes(forPattern: nil)) else { return most }
        return min(most, knownNames.count { name in !(nodes(forMember: name).map(isImpossible) ?? false) })
    }

    /// The most elements.
    var mostElements: Int {
        let most = arrays.map(\.maximum).min() ?? Int.max
        let fixed = Int(arrays.map(\.prefix.count).max() ?? 0)
        return min(most, (0...fixed).first { isImpossible(nodes(forElement: $0)) } ?? most)
    }

    /// Whether no value follows all of these nodes, as far as their types tell.
    func isImpossible(_ nodes: [Int32]) -> Bool { Facts(nodes, .everything, in: program).types.isEmpty }

    /// The nodes that an element follows.
    func nodes(forElement index: Int) -> [Int32] {
        arrays.flatMap { plan -> [Int32] in
            if index < Int(plan.prefix.count) { return [program.list(plan.prefix)[index]] }
            return plan.items >= 0 ? [plan.items] : []
        }
    }
}

extension Program {
    /// The nodes that a plan has for the value of a member; nil if a pattern gives no verdict on its name.
    func nodes(of plan: ObjectPlan, forMember name: [UInt8]) -> [Int32]? {
        var nodes: [Int32] = []
        for index in plan.properties.indices where self.name(tables.properties[index]) == name {
            if tables.properties[index].node >= 0 { nodes.append(tables.properties[index].node) }
        }
        for index in plan.patterns.indices {
            let pattern = tables.namePatterns[index]
            guard let isMatch = matches(pattern.pattern, name) else { return nil }
            if isMatch { nodes.append(pattern.node) }
        }
        if nodes.isEmpty, plan.additional >= 0 { nodes.append(plan.additional) }
        return nodes
    }
}
