import NestKVStorage

/// A transaction as arguments of the commit script, and the script's answer to it.
struct CommitPart: Sendable {
    /// The result of a transaction.
    enum Outcome: Sendable {
        /// It was committed: the records, and the commit's revision.
        case done([Record], Revision)
        /// An expectation at this key doesn't hold.
        case conflict(Key)
        /// Another program changed this key, and the change has no version yet.
        case foreignChange(Key)
        /// The key holds a value that isn't a string.
        case otherType(Key)
        /// The server is full, and the transaction does more than delete.
        case full

        var isFull: Bool { if case .full = self { true } else { false } }
    }

    /// The arguments of the script.
    let arguments: Arguments
    /// The keys of its changes.
    let keys: [Key]
    /// The expected surroundings of its one leaf; nil: it writes several leaves, or they aren't known.
    let surroundings: Surroundings?
    private let drafts: [Draft]

    /// What a transaction expects above and below a leaf.
    enum Surroundings: Sendable {
        /// No expectation.
        case unknown
        /// No leaf above it and none below.
        case empty
    }

    init(_ transaction: Transaction, _ layout: KeyLayout) {
        let changes = transaction.changes
        var arguments = Arguments(bytes: 64 + 640 * changes.count)
        var (isWhole, isAlone) = (transaction.readsOneEmptyPlace, false)
        if isWhole {
            arguments.add(Self.head(changes.count, 0, 0, readAt: transaction.readAt, isWhole: true))
        } else {
            let (leaves, subtrees) = Self.needed(transaction)
            isWhole = Self.isWhole(changes, leaves, subtrees)
            isAlone = changes.count == 1 && leaves.isEmpty && subtrees.isEmpty
            Self.add(isWhole ? [] : leaves, isWhole ? [] : subtrees, of: transaction, isWhole, layout, to: &arguments)
        }
        for change in changes { Self.add(change, layout, to: &arguments) }
        self.arguments = arguments
        drafts = changes.map(\.draft)
        keys = drafts.map(\.key)
        let setsOne = changes.count == 1 && drafts[0].value != nil
        surroundings = setsOne && isWhole ? .empty : setsOne && isAlone ? .unknown : nil
    }

    private static func head(_ counts: Int..., readAt: Revision, isWhole: Bool) -> [UInt8] {
        var head: [UInt8] = []
        head.reserveCapacity(32)
        for count in counts {
            head.append(number: count)
            head.append(UInt8(ascii: " "))
        }
        head.append(number: readAt)
        head.append(UInt8(ascii: " "))
        head.append(UInt8(ascii: isWhole ? "1" : "0"))
        return head
    }

    private static func add(
        _ leaves: [(Key, Revision?)], _ subtrees: [(Key, [Record])], of transaction: Transaction, _ isWhole: Bool,
        _ layout: KeyLayout, to arguments: inout Arguments
    ) {
        arguments.add(
            head(
                transaction.changes.count, leaves.count, subtrees.count, readAt: transaction.readAt, isWhole: isWhole))
        for (key, revision) in leaves {
            arguments.add(layout.redisKey(key))
            arguments.add(key.bytes)
            if let revision { arguments.add(revision) } else { arguments.add([UInt8]()) }
        }
        for (key, records) in subtrees {
            arguments.add(key.bytes)
            arguments.add(records.map { "\($0.revision)" }.joined(separator: " ").utf8)
        }
    }

    /// The expectations, without those that a change has of its own leaf anyway.
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

    /// Whether the transaction expects only that no leaf exists above and below the changed one.
    private static func isWhole(
        _ changes: [Mutation], _ leaves: [(Key, Revision?)], _ subtrees: [(Key, [Record])]
    ) -> Bool {
        guard changes.count == 1, let key = changes.first?.draft.key, subtrees.count == 1 else { return false }
        guard subtrees[0].0 == key, subtrees[0].1.isEmpty, leaves.allSatisfy({ $0.1 == nil }) else { return false }
        return leaves.map(\.0) == key.ancestors
    }

    private static func add(_ change: Mutation, _ layout: KeyLayout, to arguments: inout Arguments) {
        let draft = change.draft
        let text = draft.value?.utf8 ?? []
        let digest = draft.value == nil ? TextDigest.none : TextDigest(of: text).hexadecimal
        arguments.add(layout.redisKey(draft.key))
        arguments.add(draft.key.bytes)
        if let replacing = change.replacing { arguments.add(replacing.revision) } else { arguments.add([UInt8]()) }
        arguments.add(text)
        let tail = MetadataRow.tail(
            digest: digest, updatedAt: draft.time, expiresAt: draft.expiresAt, hash: draft.dataHash,
            attribution: draft.attribution, isExpiry: draft.isExpiry)
        arguments.add(change.operation.rawValue)
        arguments.add(tail)
    }

    /// Reads the script's reply to this transaction.
    func outcome(_ reply: Reply) throws(MalformedReply) -> Outcome {
        if let mark = reply[0]?.string, let key = reply[1]?.bytes.map({ Key(bytes: Array($0)) }) {
            switch mark {
            case "C": return .conflict(key)
            case "F": return .foreignChange(key)
            case "O": return .full
            default: return .otherType(key)
            }
        }
        let words = reply.integers(expecting: 1 + 2 * drafts.count)
        guard words.count == 1 + 2 * drafts.count else { throw MalformedReply(what: "the reply to a commit") }
        let first = Revision(words[0]) - Revision(drafts.count) + 1
        let records = drafts.indices.map { index in
            drafts[index].record(
                version: UInt64(words[1 + index * 2]), createdAt: Timestamp(milliseconds: words[2 + index * 2]),
                revision: first + Revision(index))
        }
        return .done(records, Revision(words[0]))
    }
}

extension Transaction {
    /// Whether it changes one leaf whose path was read with nothing above and below it, and expects just that. Most
    /// commits are such, so it is found out without making the expectations.
    fileprivate var readsOneEmptyPlace: Bool {
        guard stated.isEmpty, reads.count == 1, changes.count == 1 else { return false }
        let (read, change) = (reads[0], changes[0])
        return !read.isLeafOnly && read.key == change.draft.key && read.records.ancestors.isEmpty
            && read.records.below.isEmpty && read.records.leaf?.revision == change.replacing?.revision
    }
}

extension Draft {
    /// The record that the script made from this draft.
    fileprivate func record(version: UInt64, createdAt: Timestamp, revision: Revision) -> Record {
        Record(
            key: key, value: value ?? .null, version: version, revision: revision, createdAt: createdAt,
            updatedAt: max(time, createdAt), expiresAt: expiresAt, dataHash: dataHash, attribution: attribution,
            isDeleted: value == nil, isExpiry: isExpiry)
    }
}
