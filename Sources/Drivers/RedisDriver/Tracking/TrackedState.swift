import NestKVStorage
import Synchronization

/// What this process tracks of the store: the leaves read lately, the greatest revision, and the keys that the server
/// reported as changed.
final class TrackedState: Sendable {
    let layout: KeyLayout
    let cache: ClientSideCache
    let signal = RevisionSignal(revision: 0)
    let invalidatedKeys = InvalidatedKeys()
    let pathless = PathlessKeys()
    /// Yields when all keys must be scanned.
    let scanSignals: AsyncStream<Void>
    private let scanRequests: AsyncStream<Void>.Continuation
    private let connections = Atomic(0)

    init(layout: KeyLayout, cacheBytes: Int) {
        self.layout = layout
        cache = ClientSideCache(bytes: cacheBytes)
        (scanSignals, scanRequests) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// The greatest revision that this process has seen.
    var revision: Revision { cache.revision }

    /// A connection was made. Earlier changes were not reported to it.
    func connected(at revision: Revision, isTracking: Bool) {
        cache.turn(on: isTracking, at: revision)
        signal.advance(to: revision)
        // After the first connection, the driver scans all keys before it serves reads.
        if connections.add(1, ordering: .relaxed).newValue > 1 { scanRequests.yield() }
    }

    /// From now on no changes are reported.
    func disconnected() {
        cache.turn(on: false)
    }

    /// The store was emptied or lost its end, and starts again at a revision.
    func begins(at revision: Revision) {
        cache.saw(revision)
        signal.advance(to: revision)
        scanRequests.yield()
    }

    /// The server reports that a database was emptied.
    func databaseFlushed() {
        cache.forget()
        scanRequests.yield()
    }

    /// The server reports the names of changed keys, whoever changed them.
    func invalidated(_ names: Reply) {
        var keys: [Key] = []
        var isCommit = false
        for name in names.elements {
            guard let bytes = name.bytes else { continue }
            if let key = layout.key(bytes) {
                cache.mark(key)
                keys.append(key)
            } else if bytes.elementsEqual(layout.rowsKey) {
                isCommit = true
            } else if !bytes.starts(with: layout.prefix) {
                pathless.note(bytes)
            }
        }
        if isCommit || !keys.isEmpty { invalidatedKeys.add(keys, isCommit: isCommit) }
    }

    /// A commit of this process was confirmed.
    func committed(_ records: [Record], _ part: CommitPart, upTo revision: Revision) {
        if let record = records.first {
            cache.committed(part.keys, upTo: revision, keeping: part.surroundings.map { (record, $0) })
        }
        signal.advance(to: revision)
    }

    /// A reply contained the store's revision.
    func saw(_ revision: Revision) {
        cache.saw(revision)
        signal.advance(to: revision)
    }

    /// A quarter of a second has passed.
    func tick() {
        if invalidatedKeys.tick() { scanRequests.yield() }
    }

    /// All keys must be scanned.
    func requestScan() {
        scanRequests.yield()
    }

    /// The store is shutting down.
    func close() {
        cache.turn(on: false)
        invalidatedKeys.close()
        scanRequests.finish()
        signal.close()
    }
}
