extension Prover {
    /// Whether no value that follows the facts follows a node of the other program. False if that is not found out.
    func isDisjoint(_ facts: Facts, _ node: Int32, depth: Int = 0) -> Bool {
        guard depth < 8 else { return false }
        let target = Facts([node], facts.types, in: other)
        if target.types.isEmpty || facts.types.isEmpty { return true }
        if let values = facts.values {
            return values.allSatisfy { value in
                target.nodes.contains { value.follows($0, of: other) == false }
                    || facts.nodes.contains { value.follows($0, of: first) == false }
            }
        }
        if let values = target.values {
            return values.allSatisfy { value in
                facts.nodes.contains { value.follows($0, of: first) == false }
                    || target.nodes.contains { value.follows($0, of: other) == false }
            }
        }
        guard facts.types == .object || target.types == .object else { return false }
        return hasOpposedMember(facts, target, depth)
    }

    /// Whether a member that one side requires can't be as both sides ask for it.
    private func hasOpposedMember(_ facts: Facts, _ target: Facts, _ depth: Int) -> Bool {
        let required = facts.requiredNames.union(target.requiredNames)
        return required.contains { name in
            guard let own = facts.nodes(forMember: name), let others = target.nodes(forMember: name) else {
                return false
            }
            let member = Facts(own, .everything, in: first)
            return member.types.isEmpty || others.contains { isDisjoint(member, $0, depth: depth + 1) }
        }
    }
}
