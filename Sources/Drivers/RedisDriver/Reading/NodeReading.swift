import NestKVStorage

/// The result of a read of a path: the records, and the keys that another program changed.
struct NodeReading: Sendable {
    var records: NodeRecords
    var foreign: [ForeignChange] = []
    /// Why the path's own key can't be read.
    var problem: Problem?

    /// What a key can hold that isn't JSON.
    enum Problem: Sendable {
        /// A hash, a list, …
        case otherType
        /// A string that is not JSON.
        case notJSON
    }

    /// The call of the script.
    static func call(_ script: Script, _ key: Key, _ reach: Reach, _ layout: KeyLayout) -> ScriptCall {
        var call = ScriptCall(script)
        let range = IndexRange(below: key)
        call.add(range.lower)
        call.add(range.upper)
        call.add(reach.leavesBelow)
        call.add(reach.bytesBelow)
        call.add(layout.redisKey(key))
        if reach.ancestors { for ancestor in key.ancestors { call.add(layout.redisKey(ancestor)) } }
        call.add(layout.stateField)
        return call
    }

    /// Reads the script's reply.
    init(_ reply: Reply, _ key: Key, _ reach: Reach) throws(MalformedReply) {
        guard let revision = reply[0]?.firstInteger, let values = reply[2], let rows = reply[3] else {
            throw MalformedReply(what: "the reply to a read of \(key)")
        }
        records = NodeRecords(revision: Revision(revision))
        let found = try KeyContent(key, value: values[0], row: rows[0])
        if case .unreadable = found { problem = .notJSON }
        if reply[1]?.integer == 1 { problem = .otherType }
        records.latest = take(found)
        if reach.ancestors {
            for (index, ancestor) in key.ancestors.enumerated() {
                if let leaf = try take(KeyContent(ancestor, value: values[index + 1], row: rows[index + 1])),
                    !leaf.isDeleted
                {
                    records.ancestors.append(leaf)
                }
            }
        }
        if let members = reply[4], let values = reply[5], let rows = reply[6] {
            try readBelow(members, values, rows, reach)
        }
        try findSince(reply)
        guard reach.leavesBelow > 0, !records.isTruncated else { return }
        records.subtree = .of(records.below, records.latest, since: records.unchangedSince)
    }

    /// The state says when a leaf of the store was last created or deleted; the records say when existing leaves
    /// changed.
    private mutating func findSince(_ reply: Reply) throws(MalformedReply) {
        guard let shaped = reply[0]?.lastInteger.map(Revision.init) else { throw MalformedReply(what: "the state") }
        var since = max(shaped, records.latest?.revision ?? 0)
        for ancestor in records.ancestors { since = max(since, ancestor.revision) }
        for leaf in records.below { since = max(since, leaf.revision) }
        records.unchangedSince = min(since, records.revision)
    }

    private mutating func readBelow(
        _ members: Reply, _ values: Reply, _ rows: Reply, _ reach: Reach
    ) throws(MalformedReply) {
        records.below.reserveCapacity(min(members.count, reach.leavesBelow))
        var bytes = 0
        for index in 0..<members.count {
            // The script stops reading values if they have too many bytes.
            guard index < rows.count, records.below.count < reach.leavesBelow else {
                records.isTruncated = true
                return
            }
            guard let name = members[index]?.bytes else { throw MalformedReply(what: "the index") }
            let found = try KeyContent(Key(bytes: Array(name)), value: values[index], row: rows[index])
            guard let leaf = take(found), !leaf.isDeleted else { continue }
            bytes += leaf.value.utf8.count
            guard bytes <= reach.bytesBelow else {
                records.isTruncated = true
                return
            }
            records.below.append(leaf)
        }
    }

    private mutating func take(_ found: KeyContent) -> Record? {
        if case .foreign(let change) = found { foreign.append(change) }
        return found.record
    }
}
