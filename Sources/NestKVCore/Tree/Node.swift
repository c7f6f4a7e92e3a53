import Digests
import MicroJSON
import MicroText
import NestKVStorage

/// The state of a path: what answers for it, and all leaves below it.
///
/// All leaves together are one document. A member of the object that a path composes to is therefore what a read of the
/// member's own path composes to, whichever leaves contain it:
///
/// 1. From the top down, each leaf above the path or at it is merged with the member that the leaves above it have at
///    its place. Objects merge; otherwise the deeper leaf wins.
/// 2. The path names members of objects. Without a leaf at or below the place, `_value` names a scalar or an array
///    itself, and an index names an element of an array.
/// 3. The leaves below the path are added. If nothing answers for the path and no leaf is below it, it is free.
///
/// A node is a snapshot: pure data, read at one revision. The edits of a write (`Node+Replacing.swift`,
/// `Node+Reconciling.swift`) are computed from it and committed with what was read (``PathRead``).
public struct Node: Sendable {
    /// What answers for a path itself.
    public enum Owner: Sendable {
        /// The leaf at exactly the path.
        case leaf(Record)
        /// A leaf above, with this part of its value.
        case document(Record, part: JSONText)
        /// Several objects that are merged, topmost first: parts of leaves above, and the leaf at the path, if any.
        case merged([Part])
        /// No leaf; the path is free.
        case nobody
    }

    /// The path.
    public let key: Key
    /// What answers for the path itself.
    public let owner: Owner
    /// Whether the node contains only the leaf at exactly the path, without ancestors and leaves below.
    public let isLeafOnly: Bool
    let records: NodeRecords
    /// What a reader gets instead of what is stored; nil if that is the same.
    public internal(set) var shown: Shown?

    /// A node whose owner is not needed and not determined.
    init(unresolved key: Key, records: NodeRecords, isLeafOnly: Bool) {
        self.key = key
        self.records = records
        self.isLeafOnly = isLeafOnly
        owner = .nobody
    }

    /// Resolves a path from the records at, above and below it.
    public init(key: Key, records: NodeRecords, isLeafOnly: Bool = false) {
        self.init(key: key, records: records, isLeafOnly: isLeafOnly, descend: nil)
    }

    init(key: Key, records: NodeRecords, isLeafOnly: Bool, descend: Descend?) {
        self.key = key
        self.records = records
        self.isLeafOnly = isLeafOnly
        if let leaf = records.leaf, records.ancestors.isEmpty || leaf.value.kind != .object {
            owner = .leaf(leaf)
        } else {
            owner = records.ancestors.isEmpty ? .nobody : records.owner(of: key, descend)
        }
    }

    /// The bytes of the documents above the path, each of which is searched for it.
    var ancestorBytes: Int { records.ancestorBytes }

    /// The store's revision at which the node was read. Every later change has a greater one.
    public var readRevision: Revision { records.revision }

    /// The leaves below the path, in key order.
    public var below: [Record] { records.below }

    /// The answering leaf, if there are no leaves below the path and its value is what a reader gets. This is the path
    /// of almost every read.
    public var soleLeaf: Record? {
        guard case .leaf(let record) = owner, records.below.isEmpty, shown == nil else { return nil }
        return record
    }

    /// The driver's object for the leaves below, the same one as long as the composed value and its ``revision`` are
    /// the same. Nil if the driver keeps no such object or a document above takes part.
    public var keptSubtree: Subtree? {
        switch owner {
        case .document, .merged: nil
        case .leaf, .nobody: records.subtree === Subtree.empty ? nil : records.subtree
        }
    }

    /// Whether a value is stored at or below the path.
    public var exists: Bool {
        if case .nobody = owner { return !records.below.isEmpty }
        return true
    }

    /// Whether one of the records that were read has an expiry.
    public var mayExpire: Bool {
        if let shown { return shown.stored.mayExpire }
        func expires(_ record: Record) -> Bool { record.expiresAt != nil }
        if records.latest.map(expires) == true || records.ancestors.contains(where: expires) { return true }
        return records.subtree?.mayExpire ?? records.below.contains(where: expires)
    }

    /// The one record from which everything at and below the path comes; nil if there are several, or no record.
    public var soleRecord: Record? {
        if let shown { return shown.stored.soleRecord }
        guard records.below.isEmpty else { return nil }
        if case .merged = owner { return nil }
        return owningRecord
    }

    /// The version of the one leaf that answers; nil if there are several, or no leaf.
    public var version: UInt64? { soleRecord?.version }

    /// When the value was last changed. Nil if several leaves answer, because deletions among them leave no trace, and
    /// if the value is shown in another shape, because a schema may have changed since.
    public var modifiedAt: Timestamp? { shown == nil ? soleRecord?.updatedAt : nil }

    /// The most that may be read and composed on an HTTP thread: some milliseconds of work.
    static let mostAtOnce = (leaves: 4096, bytes: 1 << 20)

    /// Whether composing the value would hold up other requests.
    public var isLarge: Bool {
        if records.below.count > Self.mostAtOnce.leaves { return true }
        var bytes = ownBytes
        if let subtree = records.subtree {
            bytes += subtree.valueBytes
        } else {
            records.below.forEachUnretained { bytes += $0.value.utf8.count }
        }
        return bytes > Self.mostAtOnce.bytes
    }

    /// The bytes of all values from which a read of the path is composed.
    public var storedBytes: Int {
        records.below.reduce(ownBytes) { $0 + $1.value.utf8.count }
    }

    private var ownBytes: Int {
        if case .merged(let parts) = owner { return parts.reduce(0) { $0 + $1.record.value.utf8.count } }
        return owningRecord?.value.utf8.count ?? 0
    }

    /// A revision at which exactly this state was stored. A later read of the path never returns a smaller one.
    ///
    /// The greatest revision among the leaves would not rise after a deletion, which leaves no leaf.
    public var revision: Revision {
        if let shown { return shown.stored.revision }
        if isLeafOnly, let leaf = records.leaf { return leaf.revision }
        return records.unchangedSince
    }

    /// The strong entity tag of the state, which differs after every change.
    ///
    /// For one leaf it is made of its revision and the beginning of its hash. For several leaves, those above that are
    /// merged included, it is a hash over their revisions and the beginnings of their hashes. Every process that reads
    /// the same state makes the same tag.
    public var etag: EntityTag {
        if let shown { return shown.stored.etag.variant(shown.variant) }
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
        owningRecords.forEach(add)
        records.below.forEachUnretained(add)
        var hash = SHA256()
        state.withUnsafeBytes { hash.update($0) }
        return "c-" + hash.finished().withBytes { Hexadecimal.text(of: $0.prefix(16)) }
    }
}

extension Record {
    /// The strong entity tag of this leaf alone: its revision and the first 32 bits of its hash. With the hash, a store
    /// that was emptied and counts revisions from the start again gives no old tag to a different value.
    public var etag: EntityTag {
        var prefix = dataHash.withBytes { UInt32(bigEndian: $0.loadUnaligned(as: UInt32.self)) }
        var number = revision
        // Written backwards into one text, because every response to a write has it, and joining texts is slow.
        let digits = withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 32) { text in
            var start = text.count
            func add(_ byte: UInt8) {
                start -= 1
                text[start] = byte
            }
            repeat {
                add(Hexadecimal.digit(UInt8(truncatingIfNeeded: prefix & 15)))
                prefix >>= 4
            } while prefix > 0
            add(UInt8(ascii: "-"))
            repeat {
                add(UInt8(ascii: "0") + UInt8(number % 10))
                number /= 10
            } while number > 0
            return String(decoding: UnsafeBufferPointer(rebasing: text[start...]), as: UTF8.self)
        }
        return EntityTag(digits)
    }
}
