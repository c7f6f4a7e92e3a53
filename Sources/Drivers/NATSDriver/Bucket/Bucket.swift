import MicroText
import NestKVStorage
import Synchronization

/// One entry point: a KV bucket, and what this process knows of its latest changes.
final class Bucket: Sendable {
    /// The entry point's name.
    let entryPoint: [UInt8]
    /// The bucket's name.
    let name: String
    /// `KV_` and the bucket's name.
    let stream: String
    /// The prefix of each key's subject: `$KV.name.`.
    let prefix: String
    /// The configuration it was made with.
    let configuration: BucketConfiguration
    /// When it was made. A bucket that was deleted and made again is another one.
    let created: String?
    /// Names the feed. Another bucket has another identity, even one of the same name.
    let identity: String
    /// The server.
    let server: JetStream
    /// Wakes the tasks that wait for a change.
    let signal: RevisionSignal
    /// The times at which its leaves expire.
    let expiries = Mutex(ExpiryIndex())
    /// Where the stream begins without a gap, as of the last look.
    let beginning = Mutex(StreamBeginning(first: 0, missing: 0, number: 0))
    /// Whether every new message is delivered to this process (``follow(while:)``).
    let isFollowed = Atomic(false)
    /// Whether messages of this process are being sent to the stream, whose replies will be learned.
    let isWriting = Atomic(false)
    /// The nodes read lately, of all buckets.
    let cache: NodeCache
    /// Reads of subtrees. Only one is under way at a time.
    let subtreeReads = SharedReads<SubtreeRead, NodeRecords>()
    /// When keys that were read have changed.
    let table: ChangeTable
    /// The keys that walks used lately.
    let listings = KeyListings()
    /// Callers that wait for the confirmation that the stream has nothing newer.
    let confirmations = Confirmations()
    /// The number of missing messages in the stream, as of the latest request.
    let missing: Mutex<MissingMessages>
    /// When the stream's state was checked last.
    let lookedAt = Mutex(ContinuousClock.now)
    /// Since when the stream has less than was known.
    let shortSince = Mutex<ContinuousClock.Instant?>(nil)
    /// What was known before the connection was lost, until it is compared with the stream.
    let unconfirmed = Mutex<KnownEnd?>(nil)
    private let keys: KeyLimits
    private let pathless: PathlessSubjects
    private let recent: Mutex<RecentChanges>
    private let seen = Mutex(SeenAbsences())

    /// A bucket as the server describes it.
    ///
    /// - Parameter feedMark: a name of its feed that only this process knows, if the stream's metadata can't hold it.
    init(
        entryPoint: [UInt8], name: String, info: Answer, server: JetStream, cache: NodeCache, keys: KeyLimits,
        feedMark: String = ""
    ) {
        self.entryPoint = entryPoint
        self.server = server
        self.cache = cache
        self.keys = keys
        pathless = PathlessSubjects(bucket: name, logger: server.logger)
        self.name = name
        stream = "KV_\(name)"
        prefix = "$KV.\(name)."
        configuration = BucketConfiguration(info, of: name)
        created = info["created"].string
        // Every process reads the same from the server.
        let hash = FNV1a(of: (stream + (created ?? "") + configuration.feedMark + feedMark).utf8).value
        identity = String(UInt32(truncatingIfNeeded: hash ^ hash >> 32), radix: 36)
        let last = info["state"]["last_seq"].count
        recent = Mutex(RecentChanges(after: last))
        missing = Mutex(MissingMessages(info))
        table = ChangeTable(openedAt: last)
        signal = RevisionSignal(revision: last)
    }

    /// The latest revision that this process knows of.
    var revision: Revision { recent.withLock { $0.current } }

    /// Looks at the latest changes.
    func withRecent<Result: Sendable>(_ body: (RecentChanges) -> Result) -> Result {
        recent.withLock { body($0) }
    }

    /// Learns messages of the stream; nil for a message whose subject is not a path.
    func learn(_ messages: [(StoredRecord?, Revision)]) {
        let current = recent.withLock { recent in
            let known = recent.current
            for (stored, sequence) in messages where sequence > known {
                if let stored { table.mark(stored.key, sequence) }
                recent.append(stored, at: sequence)
            }
            for case (let stored?, let sequence) in messages where sequence > known {
                guard let latest = recent.latest(of: stored.key), isKept(latest), latest.operation == .set else {
                    continue
                }
                cache.renew(latest.record, table.marks(of: latest.key), at: recent.current)
            }
            return recent.current
        }
        signal.advance(to: current)
    }

    /// Forgets everything, because what is known and what the server says don't agree.
    func forget(upTo revision: Revision) {
        recent.withLock { recent in
            recent = RecentChanges(after: max(revision, recent.current))
            table.markAll(recent.current)
        }
        seen.withLock { $0 = SeenAbsences() }
    }

    /// Forgets the latest message of a key, because it is gone.
    func forgetLatest(of key: Key) {
        recent.withLock { $0.forgetLatest(of: key) }
    }

    /// The subject of a key in this bucket.
    func subject(of key: Key) -> String {
        prefix + KeyNaming.subject(below: key.bytes.dropFirst(key.entryPoint.count + 1))
    }

    /// The key of a subject; nil if the subject is not a path.
    func key(of subject: String) -> Key? {
        if subject.hasPrefix(prefix), let segments = KeyNaming.segments(of: subject.dropFirst(prefix.count)) {
            let key = Key([entryPoint] + segments)
            if keys.permits(key) { return key }
        }
        pathless.note(subject)
        return nil
    }

    /// Notes that a key has no live leaf: it has a tombstone, or never had a value. A value that isn't JSON is not
    /// noted, because nothing may overwrite it.
    func noteAbsence(_ tombstone: StoredRecord?, of key: Key, at revision: Revision) {
        guard tombstone?.isReadable ?? true else { return }
        seen.withLock { $0.note(tombstone?.record, key, revision) }
    }

    /// The error for a key where another program stored a value that isn't JSON.
    func notJSON(_ key: Key) -> DriverError {
        DriverError(
            .unreadable,
            "\(key) can't be read or written: the value of the key '\(subject(of: key).dropFirst(prefix.count))' in "
                + "the bucket '\(stream.dropFirst(3))' is not JSON; another program wrote it. Use a KV client to set "
                + "it to JSON (a string needs its double quotes) or to delete it.", key: key)
    }

    /// The latest record of a key, if it is known without asking; nil if it isn't.
    ///
    /// - Parameter recent: the latest changes at the moment for which the record must be the latest.
    func knownLatest(
        of mutation: Mutation, readAt: Revision, in recent: RecentChanges
    ) -> (record: Record?, isKnown: Bool) {
        let key = mutation.draft.key
        if let changed = recent.latest(of: key) { return (changed.record, changed.isReadable) }
        // It has not changed since `floor`.
        if let replacing = mutation.replacing { return (replacing, readAt >= recent.floor) }
        guard let absence = seen.withLock({ $0.rows[key] }), absence.revision >= recent.floor else {
            return (nil, false)
        }
        return (absence.tombstone, true)
    }
}

/// The keys at which no live leaf was found lately. Bounded: when it is full, all are forgotten.
private struct SeenAbsences {
    private static let countMax = 16_384

    var rows: [Key: (tombstone: Record?, revision: Revision)] = [:]

    mutating func note(_ tombstone: Record?, _ key: Key, _ revision: Revision) {
        if rows.count >= Self.countMax { rows = [:] }
        rows[key] = (tombstone, revision)
    }
}
