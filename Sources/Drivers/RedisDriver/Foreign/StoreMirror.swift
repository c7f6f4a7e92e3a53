import NestKVStorage
import Synchronization

/// What this process knows of the store without asking: the leaves it has read, the revision, and reported changes.
final class StoreMirror: Sendable {
    let layout: KeyLayout
    let cache: ClientSideCache
    let signal = RevisionSignal(revision: 0)
    let suspects = Suspects()
    let pathless = PathlessKeys()
    /// Yields when all keys must be scanned.
    let scans: AsyncStream<Void>
    private let scanBell: AsyncStream<Void>.Continuation
    private let connections = Atomic(0)

    init(layout: KeyLayout, cacheBytes: Int) {
        self.layout = layout
        cache = ClientSideCache(bytes: cacheBytes)
        (scans, scanBell) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// The greatest revision that this process has seen.
    var revision: Revision { cache.revision }

    /// A connection was made. Earlier changes were not reported to it.
    func connected(at revision: Revision, hasEars: Bool) {
        cache.turn(on: hasEars, at: revision)
        signal.advance(to: revision)
        // After the first connection, the driver scans all keys before it serves reads.
        if connections.add(1, ordering: .relaxed).newValue > 1 { scanBell.yield() }
    }

    /// From now on no changes are reported.
    func disconnected() {
        cache.turn(on: false)
    }

    /// The store was emptied or lost its end, and starts again at a revision.
    func begins(at revision: Revision) {
        cache.saw(revision)
        signal.advance(to: revision)
        scanBell.yield()
    }

    /// The server reports that a database was emptied.
    func heardFlush() {
        cache.forget()
        scanBell.yield()
    }

    /// The server reports the names of changed keys, whoever changed them.
    func heard(_ names: Reply) {
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
        if isCommit || !keys.isEmpty { suspects.heard(keys, isCommit: isCommit) }
    }

    /// A commit of this process was confirmed.
    func committed(_ records: [Record], _ part: CommitPart, upTo revision: Revision) {
        if !records.isEmpty { cache.committed(part.keys, upTo: revision) }
        if let surroundings = part.surroundings, let record = records.first {
            cache.keep(own: record, surroundings, upTo: revision)
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
        if suspects.tick() { scanBell.yield() }
    }

    /// All keys must be scanned.
    func lookThroughAll() {
        scanBell.yield()
    }

    /// The store is shutting down.
    func close() {
        cache.turn(on: false)
        suspects.close()
        scanBell.finish()
        signal.close()
    }
}
