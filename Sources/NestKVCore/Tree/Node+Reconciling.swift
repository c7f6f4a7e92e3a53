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
        case .merged(let parts):
            let own = JSONValue.merged(parts.map { JSONValue($0.value) })
            let rest = reconciler.reconcile(key, own: own, records.below[...], with: value)
            reconciler.edits.insert(contentsOf: edits(spreading: rest ?? .object(JSONObject()), over: parts), at: 0)
        case .document(let record, let part):
            // An empty object keeps the place, so that the array's other elements keep their indices.
            let rest = reconciler.reconcile(key, own: JSONValue(part), records.below[...], with: value)
            let own = (rest ?? .object(JSONObject())).text
            guard own != part else { break }
            let set = record.value(replacing: key, with: own).map { Edit.set(record.key, $0, replacing: record) }
            let edit = set ?? .set(key, own, replacing: nil)
            reconciler.edits.insert(contentsOf: [edit] + editsUncovering(own, in: edit.key), at: 0)
        case .leaf, .nobody:
            let own = reconciler.reconcileLeaf(key, records.leaf, records.below[...], with: value)
            guard !records.ancestors.isEmpty else { break }
            reconciler.edits += own.map { editsUncovering($0, in: key) } ?? editsRemovingMembers()
        }
        guard reconciler.edits.isEmpty, let record = owningRecord else { return reconciler.edits }
        return [.set(record.key, record.value, replacing: record)]
    }

    /// The edits of merged parts so that they are merged to `value`.
    private func edits(spreading value: JSONValue, over parts: [Part]) -> [Edit] {
        var values: [JSONValue?] = parts.map { JSONValue($0.value) }
        values.spread(value)
        return zip(parts, values).compactMap { part, value in
            guard let text = value?.text else { return part.record.removal(of: key)?.edit }
            guard text != part.value else { return nil }
            let isLeaf = part.record.key == key
            return .set(
                part.record.key, isLeaf ? text : part.record.value(replacing: key, with: text) ?? part.record.value,
                replacing: part.record)
        }
    }
}

extension [JSONValue?] {
    /// Changes values, which are merged from the first to the last, so that the result is `target`. As few as possible
    /// are changed: a member stays in the values that have it, and a new member comes into the last one.
    fileprivate mutating func spread(_ target: JSONValue?) {
        guard let target, let last = lastIndex(where: { $0 != nil }) else {
            if let target { self[endIndex - 1] = target } else { self = map { _ in nil } }
            return
        }
        guard JSONValue.merged(compactMap(\.self))?.text != target.text else { return }
        let above = objects(before: last)
        guard case .object(let members) = target else {
            self[last] = target
            return
        }
        guard !above.isEmpty, case .object = self[last] else {
            self[last] = target
            for index in above { self[index] = nil }
            return
        }
        let layers = above + [last]
        var objects = layers.compactMap { index -> JSONObject? in
            if case .object(let object)? = self[index] { object } else { nil }
        }
        let removed = objects.flatMap { $0.map(\.name) }.filter { members[name: $0] == nil }
        for name in members.map(\.name) + removed {
            var values = objects.map { $0[name: name] }
            values.spread(members[name: name])
            for (index, value) in values.enumerated() { objects[index][name: name] = value }
        }
        for (index, object) in zip(layers, objects) { self[index] = .object(object) }
    }

    /// The indices of the objects before one of the values that are merged with an object there, in order.
    private func objects(before end: Int) -> [Int] {
        var indices: [Int] = []
        for index in (0..<end).reversed() {
            guard let value = self[index] else { continue }
            guard value.kind == .object else { break }
            indices.append(index)
        }
        return indices.reversed()
    }
}

private struct Reconciler {
    let keys: any KeyService
    var edits: [Edit] = []

    /// Changes the leaf at `key` and those below it so that they compose `value`; nil deletes them.
    ///
    /// - Returns: the leaf's value afterwards; nil if there is no leaf.
    @discardableResult
    mutating func reconcileLeaf(
        _ key: Key, _ leaf: Record?, _ below: ArraySlice<Record>, with value: JSONValue?
    ) -> JSONText? {
        let own = below.isEmpty ? nil : leaf.map { JSONValue($0.value) }
        let text = reconcile(key, own: own, below, with: value)?.text
        switch (leaf, text) {
        case (let leaf?, nil): edits.append(.delete(leaf))
        case (let leaf, let text?) where leaf?.value != text: edits.append(.set(key, text, replacing: leaf))
        default: break
        }
        return text
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
