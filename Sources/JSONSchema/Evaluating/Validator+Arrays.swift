extension Validator {
    /// Applies the rules for arrays, all but that for elements that no other rule applies to.
    mutating func checkArray(_ node: UnsafePointer<Node>, at start: Int) -> Int {
        let plan = tables.arrays + Int(node.pointee.array)
        var count = 0
        var contained = 0
        var position = start + 1
        if text[position] != 0x5D {
            while position < text.count {
                let end = checkElement(count, plan, of: node, at: position)
                if end < 0 { return end }
                if plan.pointee.contains >= 0 {
                    let result = verdict(plan.pointee.contains, at: position)
                    if result == Self.stopped { return result }
                    if result >= 0 { contained += 1 }
                }
                count += 1
                position = end
                guard text[position] == 0x2C else { break }
                position += 1
            }
        }
        let end = min(position + 1, text.count)
        if count < plan.pointee.minimum || count > plan.pointee.maximum {
            guard Sink.collects else { return Self.invalid }
            report(elements: count, plan)
        }
        if plan.pointee.contains >= 0,
            contained < plan.pointee.minimumContained || contained > plan.pointee.maximumContained
        {
            guard Sink.collects else { return Self.invalid }
            report(contained: contained, plan)
        }
        if plan.pointee.isUnique, count > 1, let twins = twins(at: start, count: count) {
            guard Sink.collects else { return expense.exceeded == nil ? Self.invalid : Self.stopped }
            report(twins: twins)
        }
        return expense.exceeded == nil ? end : Self.stopped
    }

    @inline(__always)
    private mutating func checkElement(
        _ index: Int, _ plan: UnsafePointer<ArrayPlan>, of node: UnsafePointer<Node>, at position: Int
    ) -> Int {
        let isInPrefix = index < Int(plan.pointee.prefix.count)
        let child = isInPrefix ? tables.lists[Int(plan.pointee.prefix.start) + index] : plan.pointee.items
        guard child >= 0 else { return skip(at: position) }
        if Sink.collects, !isInPrefix, tables.nodes[Int(child)].isFalse {
            report(elementBeyond: index, plan)
            return text.endOfValue(at: position)
        }
        return check(child, of: node, at: position, index: index)
    }

    /// The indices of two equal elements; nil if all are different. If a limit was reached, the result means nothing.
    ///
    /// Elements are told apart by their hashes, in a table on the stack if they are few.
    private mutating func twins(at start: Int, count: Int) -> (Int, Int)? {
        var size = 4
        while size < count * 2 { size *= 2 }
        _ = skip(at: start)
        return withUnsafeTemporaryAllocation(of: (hash: Int, start: Int, index: Int).self, capacity: size) { table in
            table.initialize(repeating: (0, -1, 0))
            let equality = Equality(one: text, other: text)
            var position = start + 1
            for index in 0..<count {
                let hash = text.valueHash(at: position)
                var slot = hash & (size - 1)
                while table[slot].start >= 0 {
                    if table[slot].hash == hash,
                        equality.areEqual(table[slot].start, position, steps: &expense.steps)
                    {
                        return (table[slot].index, index)
                    }
                    slot = (slot + 1) & (size - 1)
                }
                if expense.steps < 0 {
                    expense.exceed(.steps)
                    return (0, 0)
                }
                table[slot] = (hash, position, index)
                position = text.endOfValue(at: position) + 1
            }
            return nil
        }
    }
}
