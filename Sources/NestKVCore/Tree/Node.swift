import Crypto
import MicroJSON

/// What a path stands for: the answer to *which key answers*, with everything stored below it.
///
/// 1. A leaf at exactly the path answers. 2. Otherwise the nearest ancestor leaf whose value contains the path answers
/// with that part. 3. Otherwise the path is free. What stands below the path is added to that.
///
/// A node is a snapshot: pure data, read at one revision. What a write would change (`Node+Replacing.swift`,
/// `Node+Reconciling.swift`) is computed from it and committed with ``expectations``.
public struct Node: Sendable {
    /// Who answers for a path itself.
    public enum Owner: Sendable {
        /// The leaf at exactly the path.
        case leaf(Record)
        /// An ancestor leaf, with this part of its value.
        case document(Record, part: JSONText)
        /// Nobody: the path is free.
        case nobody
    }

    /// The path.
    public let key: Key
    /// Who answers for the path itself.
    public let owner: Owner
    /// Whether only the leaf at exactly the path was asked for: no ancestors, nothing below.
    public let isLeafOnly: Bool
    let records: NodeRecords

    /// Finds a part of a record's value.
    typealias FindPart = (Record, [ArraySlice<UInt8>]) -> JSONText?

    /// What was read of a path, for who doesn't ask who answers for it.
    init(unresolved key: Key, records: NodeRecords, isLeafOnly: Bool) {
        self.key = key
        self.records = records
        self.isLeafOnly = isLeafOnly
        owner = .nobody
    }

    /// Resolves a path from the records that stand at, above and below it.
    public init(key: Key, records: NodeRecords, isLeafOnly: Bool = false) {
        self.init(key: key, records: records, isLeafOnly: isLeafOnly, part: nil)
    }

    init(key: Key, records: NodeRecords, isLeafOnly: Bool, part: FindPart?) {
        self.key = key
        self.records = records
        self.isLeafOnly = isLeafOnly
        if let leaf = records.leaf {
            owner = .leaf(leaf)
        } else if let (ancestor, part) = Node.document(of: key, in: records.ancestors, part) {
            owner = .document(ancestor, part: part)
        } else {
            owner = .nobody
        }
    }

    private static func document(of key: Key, in ancestors: [Record], _ part: FindPart?) -> (Record, JSONText)? {
        for ancestor in ancestors {
            let path = key.segments(below: ancestor.key)
            if let part = part.map({ $0(ancestor, path) }) ?? ancestor.value.slice(at: path) {
                return (ancestor, part)
            }
        }
        return nil
    }

    /// The bytes of the documents above the path, each of which is looked through for it.
    var ancestorBytes: Int { records.ancestorBytes }

    /// The store's revision at which all of this was read: every later change has a greater one.
    public var readRevision: Revision { records.revision }

    /// The leaves below the path, in key order.
    public var below: [Record] { records.below }

    /// The leaf that answers, alone: nothing stands below the path. The way of almost every read.
    public var soleLeaf: Record? {
        guard case .leaf(let record) = owner, records.below.isEmpty else { return nil }
        return record
    }

    /// The driver's object for what stands below, the same one for as long as the composed value and its ``revision``
    /// are the same. Nil when the driver keeps none, or a document above takes part.
    public var keptSubtree: Subtree? {
        if case .document = owner { return nil }
        return records.subtree === Subtree.empty ? nil : records.subtree
    }

    /// Whether anything stands at or below the path.
    public var exists: Bool {
        if case .nobody = owner { return !records.below.isEmpty }
        return true
    }

    /// The record that answers for the path itself: its leaf, or the leaf of the document that it is part of.
    public var owningRecord: Record? {
        switch owner {
        case .leaf(let record), .document(let record, _): record
        case .nobody: nil
        }
    }

    /// The one record that everything at and below the path comes from; nil when there are several or none.
    public var soleRecord: Record? {
        records.below.isEmpty ? owningRecord : nil
    }

    /// The version of the one leaf that answers; nil when there are several or none.
    public var version: UInt64? { soleRecord?.version }

    /// When it was last changed. Nil when several leaves answer: deletions among them leave no trace.
    public var modifiedAt: Timestamp? { soleRecord?.updatedAt }

    /// What may be read and composed on the thread that serves others, too: some milliseconds at most.
    static let mostAtOnce = (leaves: 4096, bytes: 1 << 20)

    /// Whether composing it takes longer than others should wait.
    public var isLarge: Bool {
        if records.below.count > Self.mostAtOnce.leaves { return true }
        var bytes = owningRecord?.value.utf8.count ?? 0
        if let subtree = records.subtree {
            bytes += subtree.valueBytes
        } else {
            records.below.forEachUnretained { bytes += $0.value.utf8.count }
        }
        return bytes > Self.mostAtOnce.bytes
    }

    /// The bytes of all values that a read of the path is composed from.
    public var storedBytes: Int {
        records.below.reduce(owningRecord?.value.utf8.count ?? 0) { $0 + $1.value.utf8.count }
    }

    /// A revision at which exactly this stood here. No read of the path gives a smaller one than one before it.
    ///
    /// That of the latest change among what is there would not do: a deletion leaves nothing there.
    public var revision: Revision {
        if isLeafOnly, let leaf = records.leaf { return leaf.revision }
        return records.unchangedSince
    }

    /// The strong entity tag of the state: another one after every change of it.
    ///
    /// One leaf: its revision and the beginning of its hash. Several: a hash over their revisions, each of which
    /// belongs to one change of one leaf, and the beginnings of their hashes. So every process that reads the same
    /// state gives the same tag.
    public var etag: EntityTag {
        guard let sole = soleRecord else { return EntityTag(fingerprint) }
        return sole.etag
    }

    private var fingerprint: String {
        var state: [UInt64] = []
        state.reserveCapacity(records.below.count * 2 + 2)
        func add(_ record: Record) {
            state.append(record.revision.bigEndian)
            state.append(record.dataHash.prefix)
        }
        if let owningRecord { add(owningRecord) }
        records.below.forEachUnretained(add)
        let digest = state.withUnsafeBytes { state in
            var hash = SHA256()
            hash.update(bufferPointer: state)
            return hash.finalize()
        }
        return "c-" + digest.prefix(16).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }

    /// What must still be true when a change that was computed from this node is committed.
    var expectations: [Expectation] {
        var expectations: [Expectation] = [.leaf(key, records.leaf?.revision)]
        guard !isLeafOnly else { return expectations }
        var ancestors = records.ancestors[...]
        for key in key.ancestors {
            if let record = ancestors.first, record.key == key {
                expectations.append(.leaf(key, record.revision))
                ancestors.removeFirst()
            } else {
                expectations.append(.leaf(key, nil))
            }
        }
        expectations.append(.below(key, records.below))
        return expectations
    }
}

extension Record {
    /// The strong entity tag of this leaf alone: its revision and the first 32 bits of its hash, so that a store that
    /// began anew gives no old tag to another value.
    public var etag: EntityTag {
        let prefix = dataHash.withBytes { UInt32(bigEndian: $0.loadUnaligned(as: UInt32.self)) }
        return EntityTag("\(revision)-\(String(prefix, radix: 16))")
    }
}
