import MicroJSON
import NestKVStorage

extension Node {
    /// The edits that make the composed value equal to `value` and change only the leaves whose part of it changed.
    ///
    /// A `PATCH` of a subtree therefore keeps its leaves with their versions and histories. If a path has only leaves
    /// below it, its new members become leaves. Other members stay in their document. A patch that changes nothing
    /// writes the answering leaf again, so that a write is never silently skipped.
    func edits(patching value: JSONValue, keys: any KeyService) -> [Edit] {
        var reconciler = Reconciler(keys: keys)
        switch owner {
        case .document(let record, let part):
            // An empty object keeps the place, so that the array's other elements keep their indices.
            let rest = reconciler.reconcile(key, own: JSONValue(part), records.below[...], with: value)
            let own = rest ?? .object(JSONObject())
            let document = record.value(replacing: key, with: own.text)
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

    /// Changes the leaf at `key` and those below it so that they compose `value`; nil deletes them.
    mutating func reconcileLeaf(_ key: Key, _ leaf: Record?, _ below: ArraySlice<Record>, with value: JSONValue?) {
        let own = below.isEmpty ? nil : leaf.map { JSONValue($0.value) }
        let text = reconcile(key, own: own, below, with: value)?.text
        switch (leaf, text) {
        case (let leaf?, nil): edits.append(.delete(leaf))
        case (let leaf, let text?) where leaf?.value != text: edits.append(.set(key, text, replacing: leaf))
        default: break
        }
    }

    /// Changes the leaves below `key` so that they have their parts of `value`, and returns the rest for `key` itself.
    ///
    /// - Parameter own: the value stored at `key` itself; only used if there are leaves below.
    mutating func reconcile(
        _ key: Key, own: JSONValue?, _ below: ArraySlice<Record>, with value: JSONValue?
    ) -> JSONValue? {
        guard !below.isEmpty, case .object(var members)? = value else {
            for record in below { edits.append(.delete(record)) }
            return value
        }
        let isEmpty = members.isEmpty
        let ownMembers: JSONObject? = if case .object(let object)? = own { object } else { nil }
        var hasChildren = false, hasValueChild = false
        var rest = below
        while let group = rest.popGroup(prefix: key.bytes.count) {
            let name = Array(group.name)
            let child = key.appending(name)
            let part = members[name: name]
            hasChildren = hasChildren || part != nil
            hasValueChild = hasValueChild || (part != nil && name == JSONObject.valueName)
            if let part, part.text == group.composed(over: ownMembers?[name: name]).text {
                members[name: name] = ownMembers?[name: name]
            } else if group.own == nil, let ownPart = ownMembers?[name: name] {
                members[name: name] = reconcile(child, own: ownPart, group.below, with: part)
            } else {
                reconcileLeaf(child, group.own, group.below, with: part)
                members[name: name] = nil
            }
        }
        guard !isEmpty, own?.kind != .object else { return .object(members) }
        // A scalar or an array is the member `_value` of the composed value while there are leaves below it. A child
        // with that name hides it; it is then left unchanged.
        var ownMember = own == nil ? nil : members[name: JSONObject.valueName]
        if hasValueChild { ownMember = own }
        if ownMember != nil { members[name: JSONObject.valueName] = nil }
        hasChildren = addLeaves(below: key, from: &members) || hasChildren
        guard let ownMember else { return members.isEmpty ? nil : .object(members) }
        if hasChildren, members.isEmpty, ownMember.kind != .object { return ownMember }
        if !hasValueChild { members[name: JSONObject.valueName] = ownMember }
        return .object(members)
    }

    /// Makes each member a leaf of its own, except those whose names can't be part of a key.
    ///
    /// - Returns: whether there was such a member.
    private mutating func addLeaves(below key: Key, from members: inout JSONObject) -> Bool {
        let count = edits.count
        for member in Array(members) {
            let child = key.appending(member.name)
            guard (try? keys.check(child, name: member.name)) != nil else { continue }
            edits.append(.set(child, member.value.text, replacing: nil))
            members[name: member.name] = nil
        }
        return edits.count > count
    }
}
