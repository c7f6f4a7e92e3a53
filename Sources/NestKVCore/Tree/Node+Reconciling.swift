import MicroJSON

extension Node {
    /// The edits that make the composed value equal to `value` and touch only the leaves whose part of it changed.
    ///
    /// So a `PATCH` of a subtree keeps the leaves that it is stored in, with their versions and histories: new members
    /// of a path that has only leaves below it become leaves, and others stay in the document that they stand in.
    /// A patch that changes nothing writes the leaf that answers again: a write is never silently skipped.
    func edits(patching value: JSONValue, keys: any KeyService) -> [Edit] {
        var reconciler = Reconciler(keys: keys)
        switch owner {
        case .document(let record, let part):
            let own = reconciler.reconcile(key, own: part, records.below[...], with: value)
            let document = record.value(replacing: key, with: own)
            if document != record.value {
                reconciler.edits.insert(.set(record.key, document, replacing: record), at: 0)
            }
        case .leaf, .nobody:
            reconciler.reconcileLeaf(key, records.leaf, records.below[...], with: value)
        }
        guard reconciler.edits.isEmpty, let record = owningRecord else { return reconciler.edits }
        return [.set(record.key, record.value, replacing: record)]
    }
}

private struct Reconciler {
    let keys: any KeyService
    var edits: [Edit] = []

    /// Brings the leaf at `key` and those below it to `value`; nil: to nothing.
    mutating func reconcileLeaf(_ key: Key, _ leaf: Record?, _ below: ArraySlice<Record>, with value: JSONValue?) {
        let text = reconcile(key, own: leaf?.value, below, with: value)?.text
        switch (leaf, text) {
        case (let leaf?, nil): edits.append(.delete(leaf))
        case (let leaf, let text?) where leaf?.value != text: edits.append(.set(key, text, replacing: leaf))
        default: break
        }
    }

    /// Brings the leaves below `key` to their parts of `value`, and gives what is left for `key` itself.
    mutating func reconcile(
        _ key: Key, own: JSONText?, _ below: ArraySlice<Record>, with value: JSONValue?
    ) -> JSONValue? {
        guard !below.isEmpty, case .object(var members)? = value else {
            for record in below { edits.append(.delete(record)) }
            return value
        }
        let isEmpty = members.isEmpty
        var rest = below
        while let group = rest.popGroup(prefix: key.bytes.count) {
            let name = Array(group.name)
            let records = group.own == nil ? group.records : group.records.dropFirst()
            reconcileLeaf(key.appending(name), group.own, records, with: members[name: name])
            members[name: name] = nil
        }
        guard !isEmpty, own?.kind != .object else { return .object(members) }
        switch own {
        case nil:
            addLeaves(below: key, from: &members)
            return members.isEmpty ? nil : .object(members)
        default:
            // A scalar or an array stands in the composed value as `_value`.
            let scalar = members[name: JSONObject.valueName]
            members[name: JSONObject.valueName] = nil
            addLeaves(below: key, from: &members)
            guard members.isEmpty else {
                members[name: JSONObject.valueName] = scalar
                return .object(members)
            }
            return scalar
        }
    }

    /// Makes each member a leaf of its own, except those whose names no key can hold.
    private mutating func addLeaves(below key: Key, from members: inout JSONObject) {
        for member in Array(members) {
            let child = key.appending(member.name)
            guard (try? keys.check(child, name: member.name)) != nil else { continue }
            edits.append(.set(child, member.value.text, replacing: nil))
            members[name: member.name] = nil
        }
    }
}
