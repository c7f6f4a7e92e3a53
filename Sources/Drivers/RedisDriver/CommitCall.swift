import NestKVCore

/// A transaction as the script takes it, and what the script answers.
struct CommitCall: Sendable {
    /// What became of it.
    enum Outcome: Sendable {
        /// It was made: the commit's revision, and for each change the version and when the leaf came into being.
        case done(Revision, [(version: UInt64, createdAt: Timestamp)])
        /// An expectation doesn't hold.
        case conflict(Key)
        /// Another program changed this key, and nobody has looked at it yet.
        case stray(Key)
        /// Something else than a string stands at this key.
        case otherType(Key)
    }

    /// The call.
    let call: ScriptCall
    /// The keys that it changes.
    let keys: [Key]

    init(_ script: Script, _ transaction: Transaction, _ layout: KeyLayout) {
        let changes = transaction.changes
        var call = ScriptCall(script, bytes: 256 + 512 * changes.count)
        let (leaves, subtrees) = Self.needed(transaction)
        call.add(Timestamp.now.milliseconds)
        call.add(leaves.count)
        call.add(subtrees.count)
        for (key, revision) in leaves {
            call.add(layout.redisKey(key))
            call.add(key.bytes)
            call.add((revision.map { "\($0)" } ?? "").utf8)
        }
        for (key, records) in subtrees {
            call.add(key.bytes)
            call.add(records.map { "\($0.revision)" }.joined(separator: " ").utf8)
        }
        for change in changes { Self.add(change, layout, to: &call) }
        self.call = call
        keys = changes.map(\.draft.key)
    }

    /// The expectations besides those that a change has of its own leaf anyway.
    private static func needed(
        _ transaction: Transaction
    ) -> (leaves: [(Key, Revision?)], subtrees: [(Key, [Record])]) {
        var replaced: [Key: Revision?] = [:]
        for change in transaction.changes { replaced[change.draft.key] = .some(change.replacing?.revision) }
        var leaves: [(Key, Revision?)] = []
        var subtrees: [(Key, [Record])] = []
        for expectation in transaction.expectations {
            switch expectation {
            case .leaf(let key, let revision):
                if let expected = replaced[key], expected == revision { continue }
                leaves.append((key, revision))
            case .below(let key, let records): subtrees.append((key, records))
            }
        }
        return (leaves, subtrees)
    }

    private static func add(_ change: Mutation, _ layout: KeyLayout, to call: inout ScriptCall) {
        let draft = change.draft
        let text = draft.value?.utf8 ?? []
        let digest = draft.value == nil ? TextDigest.none : TextDigest(of: text).hexadecimal
        call.add(layout.redisKey(draft.key))
        call.add(draft.key.bytes)
        call.add((change.replacing.map { "\($0.revision)" } ?? "").utf8)
        call.add(text)
        let tail = RecordRow.tail(
            digest: digest, updatedAt: draft.time, expiresAt: draft.expiresAt, hash: draft.dataHash,
            attribution: draft.attribution)
        call.add(Array("\(change.operation.rawValue) ".utf8) + tail)
    }

    /// Reads the script's reply.
    static func outcome(_ reply: Reply, changes: Int) throws -> Outcome {
        if let mark = reply[0]?.string, let key = reply[1]?.bytes.map({ Key(bytes: Array($0)) }) {
            switch mark {
            case "C": return .conflict(key)
            case "F": return .stray(key)
            default: return .otherType(key)
            }
        }
        let words = (reply.string ?? "").split(separator: " ").compactMap { Int64($0) }
        guard words.count == 1 + 2 * changes else { throw MalformedReply(what: "the reply to a commit") }
        let stamps = (0..<changes).map { index in
            (UInt64(words[1 + index * 2]), Timestamp(milliseconds: words[2 + index * 2]))
        }
        return .done(Revision(words[0]), stamps)
    }
}

extension Draft {
    /// The record that the script made of this draft.
    func record(version: UInt64, createdAt: Timestamp, revision: Revision) -> Record {
        Record(
            key: key, value: value ?? .null, version: version, revision: revision, createdAt: createdAt,
            updatedAt: time, expiresAt: expiresAt, dataHash: dataHash, attribution: attribution,
            isDeleted: value == nil)
    }
}
