extension Validator {
    /// Applies the rules for objects, all but that for members that no other rule applies to.
    mutating func checkObject(_ node: UnsafePointer<Node>, at start: Int) -> Int {
        let plan = tables.objects + Int(node.pointee.object)
        var missing = plan.pointee.required
        var hint = 0
        var count = 0
        var position = start + 1
        while text[position] == 0x22 {
            let name = text.string(at: position)
            let end = checkMember(name, plan, of: node, &missing, &hint)
            if end < 0 { return end }
            count += 1
            position = end
            guard text[position] == 0x2C else { break }
            position += 1
        }
        let end = min(position + 1, text.count)
        if missing != 0 {
            guard Sink.collects else { return Self.invalid }
            report(missing: missing, plan)
        }
        if count < plan.pointee.minimum || count > plan.pointee.maximum {
            guard Sink.collects else { return Self.invalid }
            report(members: count, plan)
        }
        if plan.pointee.moreRequired.count > 0 || plan.pointee.dependencies.count > 0 {
            let result = checkPresence(plan, of: node, at: start)
            if result < 0 { return result }
        }
        return end
    }

    /// Applies the rules for a member. Returns the end of its value.
    @inline(__always)
    private mutating func checkMember(
        _ name: StringPlace, _ plan: UnsafePointer<ObjectPlan>, of node: UnsafePointer<Node>, _ missing: inout UInt64,
        _ hint: inout Int
    ) -> Int {
        let value = name.end + 2
        var end = Self.invalid
        if plan.pointee.properties.count > 0 {
            let found = property(name, plan, hint)
            if found >= 0 {
                hint = found + 1
                let property = tables.properties + Int(plan.pointee.properties.start) + found
                missing &= ~property.pointee.required
                if property.pointee.node >= 0 {
                    end = check(property.pointee.node, of: node, at: value, named: name)
                    if end < 0 { return end }
                }
            }
        }
        if plan.pointee.patterns.count > 0 {
            let result = checkPatterns(name, plan, of: node)
            if result < 0 { return result }
            if result > 0 { end = result }
        }
        if end < 0 {
            if plan.pointee.additional >= 0 {
                end = checkAdditional(name, plan, of: node)
                if end < 0 { return end }
            } else {
                end = skip(at: value)
            }
        }
        if plan.pointee.names >= 0 {
            let result = check(plan.pointee.names, of: node, at: name.start - 1, named: name)
            if result < 0 { return result }
        }
        return end
    }

    /// Applies the rules of the patterns that a name matches. Returns the end of the value, or 0 for no pattern.
    private mutating func checkPatterns(
        _ name: StringPlace, _ plan: UnsafePointer<ObjectPlan>, of node: UnsafePointer<Node>
    ) -> Int {
        var end = 0
        for index in plan.pointee.patterns.indices {
            let pattern = tables.namePatterns[index]
            guard let isMatch = matches(pattern.pattern, name) else { return Self.stopped }
            guard isMatch else { continue }
            end = check(pattern.node, of: node, at: name.end + 2, named: name)
            if end < 0 { return end }
        }
        return end
    }

    private mutating func checkAdditional(
        _ name: StringPlace, _ plan: UnsafePointer<ObjectPlan>, of node: UnsafePointer<Node>
    ) -> Int {
        let additional = plan.pointee.additional
        guard tables.nodes[Int(additional)].isFalse else {
            return check(additional, of: node, at: name.end + 2, named: name)
        }
        guard Sink.collects else { return Self.invalid }
        report(unexpected: name, "additionalProperties", plan)
        return text.endOfValue(at: name.end + 2)
    }

    /// The index of a name in the table of properties; below zero if it isn't there. The members of most documents are
    /// in the order of their schema, so the search begins behind the last one found.
    @inline(__always)
    private func property(_ name: StringPlace, _ plan: UnsafePointer<ObjectPlan>, _ hint: Int) -> Int {
        guard !name.hasEscapes else {
            return text.withContent(of: name) { content in
                content.baseAddress.map { find($0, content.count, NamePrefix.of(content), plan, hint) } ?? -1
            }
        }
        let base = text.base + name.start
        let prefix = NamePrefix.of(base, count: name.count, available: text.count - name.start)
        return find(base, name.count, prefix, plan, hint)
    }

    @inline(__always)
    private func find(
        _ name: UnsafePointer<UInt8>, _ count: Int, _ prefix: UInt64, _ plan: UnsafePointer<ObjectPlan>, _ hint: Int
    ) -> Int {
        let table = tables.properties + Int(plan.pointee.properties.start)
        let size = Int(plan.pointee.properties.count)
        if hint < size, isProperty(table + hint, name, count, prefix) { return hint }
        guard plan.pointee.buckets.count > 0 else {
            for index in 0..<size where isProperty(table + index, name, count, prefix) { return index }
            return -1
        }
        let buckets = tables.buckets + Int(plan.pointee.buckets.start)
        let mask = Int(plan.pointee.buckets.count) - 1
        var slot = NamePrefix.slot(prefix, count, mask: mask)
        while buckets[slot] >= 0 {
            if isProperty(table + Int(buckets[slot]), name, count, prefix) { return Int(buckets[slot]) }
            slot = (slot + 1) & mask
        }
        return -1
    }

    @inline(__always)
    private func isProperty(
        _ property: UnsafePointer<Property>, _ name: UnsafePointer<UInt8>, _ count: Int, _ prefix: UInt64
    ) -> Bool {
        guard property.pointee.prefix == prefix, Int(property.pointee.count) == count else { return false }
        guard count > 8 else { return true }
        return Bytes.areEqual(name, tables.bytes.base + Int(property.pointee.start), count: count)
    }

    /// Whether the program's name at an index is a property of a plan that has a schema of its own.
    func declares(_ name: StringPlace, _ plan: UnsafePointer<ObjectPlan>) -> Bool {
        guard plan.pointee.properties.count > 0 else { return false }
        let found = property(name, plan, 0)
        return found >= 0 && tables.properties[Int(plan.pointee.properties.start) + found].node >= 0
    }

    /// Applies what depends on whether an object has certain members.
    private mutating func checkPresence(
        _ plan: UnsafePointer<ObjectPlan>, of node: UnsafePointer<Node>, at start: Int
    ) -> Int {
        for index in plan.pointee.moreRequired.indices where !has(tables.lists[index], at: start) {
            guard Sink.collects else { return Self.invalid }
            report(missing: tables.lists[index], because: nil)
        }
        for index in plan.pointee.dependencies.indices {
            let dependency = tables.dependencies[index]
            guard has(dependency.trigger, at: start) else { continue }
            if dependency.node >= 0 {
                let result = check(dependency.node, of: node, at: start)
                if result < 0 { return result }
            } else if !has(dependency.required, at: start) {
                guard Sink.collects else { return Self.invalid }
                report(missing: dependency.required, because: dependency)
            }
        }
        return expense.steps >= 0 ? 0 : stop(.steps)
    }

    /// Notes which limit was reached.
    mutating func stop(_ budget: BudgetExceeded.Budget) -> Int {
        expense.exceed(budget)
        return Self.stopped
    }

    /// Whether an object has a member with a name of the program.
    mutating func has(_ name: Int32, at object: Int) -> Bool {
        let span = tables.names[Int(name)]
        let name = UnsafeBufferPointer(start: tables.bytes.base + Int(span.start), count: Int(span.count))
        expense.steps -= 1 + text.members(of: object) / 8
        return text.member(name, of: object) != nil
    }
}
