import JSONSchema
import MicroJSON
import NestKVStorage

extension KeyValueStore {
    /// The check of an attempt whose writes are all staged; nil if nothing is to be checked.
    ///
    /// - Precondition: there is something in the catalog.
    func schemaCheck(_ attempt: WriteAttempt) -> SchemaCheck? {
        let works = attempt.works
        guard attempt.staging.keepsSchema || works.contains(where: { $0.statesSchema || schemas.mayBind($0.key) })
        else { return nil }
        return SchemaCheck(schemas.snapshot, works, attempt.staging)
    }

    /// Checks what a commit makes of bound paths, and of leaves that keep a schema.
    ///
    /// - Precondition: the ``SchemaCheck/unread(_:)`` paths were read.
    func run(_ check: inout SchemaCheck, _ staging: inout Staging) throws(StoreError) {
        var targets = check.targets[...]
        for (index, work) in check.works.enumerated() where work.mayBreakSchemas {
            do throws(StoreError) {
                if work.statesSchema { try checkStated(work, &check, &staging) }
                if let target = targets.first, target.write == index {
                    targets.removeFirst()
                    try checkBound(target, &check, &staging)
                }
            } catch {
                throw error.writeIndex == nil ? error.about { $0.writeIndex = index } : error
            }
        }
        try checkLeaves(&check, &staging)
    }

    /// Checks the value of a path against the schema that the write states.
    private func checkStated(
        _ work: PreparedWrite, _ check: inout SchemaCheck, _ staging: inout Staging
    ) throws(StoreError) {
        guard let hash = work.request.options.attribution.schemaHash else { return }
        let path = work.target
        guard let expected = check.snapshot.expected(hash) else { throw .unknownSchema(.hash(hash)) }
        if let bound = check.snapshot.index.binding(of: path), bound.mode == .enforce {
            guard let wanted = bound.hash, check.snapshot.migration(from: hash, to: wanted) != nil else {
                throw StoreError(
                    .notApplicable,
                    "The write states the schema \(expected.label), but the binding '\(bound.binding.id)' demands "
                        + "\(bound.label) at \(path), and no migration leads there. Leave the schema out, or state "
                        + "that one.")
            }
            return
        }
        guard let node = try finalNode(path, &staging) else { return }
        try schemas.demand(node.composed(), expected, at: path, for: .writing)
        check.mark(path, isWhole: node.soleRecord?.key == path, hash, &staging)
    }

    /// Checks all bound paths that the write of a path may have changed.
    private func checkBound(
        _ target: SchemaCheck.Target, _ check: inout SchemaCheck, _ staging: inout Staging
    ) throws(StoreError) {
        for (path, bound) in target.bindings.paths where check.checks(path) {
            if let text = staging.soleText(at: path) {
                let hash = try self.check(text, bound, at: path, check, &staging)
                check.mark(path, isWhole: true, hash, &staging)
            } else if let node = try finalNode(path, &staging) {
                let hash = try self.check(node.composed(), bound, at: path, check, &staging)
                check.mark(path, isWhole: node.soleRecord?.key == path, hash, &staging)
            }
        }
        guard let below = target.bindings.below else { return }
        if let text = staging.soleText(at: target.path) {
            try checkMembers(of: text, below, at: target.path, &check, &staging)
        } else if let node = try finalNode(target.path, &staging) {
            try checkMembers(of: node.composed(), below, at: target.path, &check, &staging)
        }
    }

    /// Checks the bound paths below one, in its value.
    private func checkMembers(
        of text: JSONText, _ position: BindingIndex.Position, at path: Key, _ check: inout SchemaCheck,
        _ staging: inout Staging
    ) throws(StoreError) {
        for member in text.members {
            try checkMember(member.name, member.value, position, at: path, &check, &staging)
        }
        for (index, element) in text.elements.enumerated() {
            let value = JSONText(trusted: Array(element))
            try checkMember(Array(String(index).utf8), value, position, at: path, &check, &staging)
        }
    }

    private func checkMember(
        _ name: [UInt8], _ value: @autoclosure () -> JSONText, _ position: BindingIndex.Position, at parent: Key,
        _ check: inout SchemaCheck, _ staging: inout Staging
    ) throws(StoreError) {
        let position = position.entering(name)
        guard !position.isEmpty else { return }
        let path = parent.appending(name)
        guard check.changes(path, staging) else { return }
        let value = value()
        if let bound = position.bound, check.checks(path) {
            check.mark(path, value, try self.check(value, bound, at: path, check, &staging), &staging)
        }
        if position.leadsOn { try checkMembers(of: value, position, at: path, &check, &staging) }
    }

    /// Checks a value against the schema of its binding.
    ///
    /// - Returns: the hash of the schema; nil if the value breaks it and the binding only warns.
    private func check(
        _ text: JSONText, _ bound: BoundSchema, at path: Key, _ check: SchemaCheck, _ staging: inout Staging
    ) throws(StoreError) -> String? {
        do throws(StoreError) {
            guard let expected = bound.expected else { throw .unknownSchema(bound.binding.schema) }
            if let older = try checkOlder(text, expected, at: path, check) { return older }
            try schemas.demand(text, expected, at: path, for: .writing)
            return expected.schema.hash
        } catch {
            let index = check.lastWrite(to: path)
            guard bound.mode == .warn else { throw error.about { $0.writeIndex = index } }
            staging.brokenRules[index, default: 0] += max(error.report?.errors.count ?? 1, 1)
            schemas.tally.warn("stored in spite of its schema: \(error.message)", at: path)
            return nil
        }
    }

    /// Checks a value against the older schema that its write states, and that it can be migrated.
    ///
    /// - Returns: the hash of this schema; nil if the write states none.
    private func checkOlder(
        _ text: JSONText, _ expected: ExpectedSchema, at path: Key, _ check: SchemaCheck
    ) throws(StoreError) -> String? {
        guard let stated = check.statedHash(of: path), stated != expected.schema.hash,
            let origin = check.snapshot.expected(stated),
            let plan = check.snapshot.migration(from: stated, to: expected.schema.hash)
        else { return nil }
        try schemas.demand(text, origin, at: path, for: .writing)
        _ = try plan.converted(text, at: path)
        return stated
    }

    /// Checks the leaves that keep a schema and are not at bound paths.
    private func checkLeaves(_ check: inout SchemaCheck, _ staging: inout Staging) throws(StoreError) {
        for place in staging.pending.indices {
            let leaf = staging.pending[place]
            guard let hash = leaf.metadata.attribution.schemaHash, !check.marked.contains(leaf.key),
                let text = staging.pending[place].text()
            else { continue }
            guard leaf.replacing?.attribution.schemaHash != hash || leaf.replacing?.value != text else { continue }
            guard let expected = check.snapshot.expected(hash) else {
                // Earlier versions of the service stored any text there.
                staging.pending[place].markSchema(nil)
                continue
            }
            do throws(StoreError) {
                try schemas.demand(text, expected, at: leaf.key, for: .writing)
            } catch {
                throw error.about { $0.writeIndex = check.lastWrite(to: leaf.key) }
            }
        }
    }

    /// A path after all writes of the commit; nil if nothing is there.
    private func finalNode(_ key: Key, _ staging: inout Staging) throws(StoreError) -> Node? {
        let node = staging.finalNode(key)
        guard node.exists else { return nil }
        guard staging.isPatient || !node.isLarge else { throw staging.refuseAsTooDear() }
        return node
    }
}
