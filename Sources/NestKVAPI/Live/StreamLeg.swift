import MicroHTTP
import NestKVCore
import NestKVEvents
import NestKVStorage

/// A client's subscription to one feed. It catches up from the feed and then receives changes from the hub. Whenever
/// the client's queue is full, it catches up again.
final class StreamLeg: Subscriber {
    let stream: EventStream
    let hub: Hub<StreamLeg>
    let patterns: [Pattern]
    let wantsPrevious: Bool
    /// Whether the client gets the same events as others: it follows no other feed, and gets values in the shapes of
    /// their bindings.
    let sharesChunks: Bool

    init(_ stream: EventStream, _ hub: Hub<StreamLeg>) {
        self.stream = stream
        self.hub = hub
        patterns = stream.patterns
        wantsPrevious = stream.wantsPrevious
        sharesChunks = stream.shape == .bound && stream.positions.withLock { $0 == nil }
    }

    /// Continues after a position.
    ///
    /// - Parameter known: the paths whose snapshots the client has already received.
    func follow(after position: FeedPosition, known: [Snapshot.Extent] = []) {
        guard !join(after: position, known) else { return }
        Task { await catchUp(after: position, known) }
    }

    /// Continues after a position once the client has read enough.
    func followWhenThereIsRoom(after position: FeedPosition) async {
        guard await stream.output.waitForRoom() else { return }
        follow(after: position)
    }

    private func join(after position: FeedPosition, _ known: [Snapshot.Extent]) -> Bool {
        // The hub doesn't know the snapshots that a client has.
        guard known.allSatisfy({ $0.revision <= position.revision || !$0.isIn(hub.feed) }),
            hub.join(self, after: position, joined: stream.output.resumePublications)
        else { return false }
        // It may have ended before the hub knew of it.
        if stream.output.isClosed { hub.leave(self) }
        return true
    }

    /// Sends the feed's changes after a position until the hub can take over.
    ///
    /// A page is read when there is room for it and sent as one piece, while the client reads the page before it. A leg
    /// that waits for its client therefore holds only the position.
    private func catchUp(after position: FeedPosition, _ known: [Snapshot.Extent]) async {
        var reader = FeedReader(stream.store, hub.feed, after: position)
        var backOff = BackOff()
        var size = PageSize(bytes: stream.output.queueLimit / 2)
        while await stream.output.waitForRoom(), !join(after: reader.position, known) {
            let before = reader
            do throws(StoreError) {
                let found = try await reader.next(limit: size.changes)
                backOff.reset()
                switch found {
                case .changes(let page):
                    size.adapt(to: page)
                    if await send(page, known) { continue }
                    // Too many bytes are in flight, or the client's other feeds were faster. The page is read again.
                    reader = before
                    try? await Task.sleep(for: .milliseconds(20))
                case .end:
                    // The hub is ahead of this page or has not started.
                    try? await Task.sleep(for: .milliseconds(1))
                case .reset:
                    // The client reconnects with its last id and gets a reset.
                    return stream.output.finish()
                }
            } catch {
                // The stream stays open and continues when the store is available again.
                await backOff.wait()
            }
        }
    }

    /// - Returns: false when none of it was queued.
    private func send(_ page: ChangePage, _ known: [Snapshot.Extent]) async -> Bool {
        var events: [Event] = []
        for change in page.changes where wants(change, known) {
            events.append(await stream.store.event(change, in: page, withPrevious: wantsPrevious))
        }
        guard !events.isEmpty else { return true }
        guard stream.send(events, in: hub.feed) == .queued else { return false }
        stream.live.sent.add(events.count, ordering: .relaxed)
        return true
    }

    /// Whether a change matches the client's patterns and is not in a snapshot that it has.
    private func wants(_ change: Change, _ known: [Snapshot.Extent]) -> Bool {
        let key = change.record.key
        guard patterns.contains(where: { $0.matches(key) }) else { return false }
        let covering = known.filter { $0.key.contains(key) || key.isAncestor(of: $0.key) }
        return covering.isEmpty || covering.contains { $0.revision < change.revision }
    }
}

/// The number of changes to read at once, adapted to reach a certain number of bytes.
struct PageSize {
    /// The most changes of the next page.
    private(set) var changes = 16
    private let bytes: Int
    private static let most = 1024

    init(bytes: Int) {
        self.bytes = bytes
    }

    /// Adapts to the size of the changes in a page.
    mutating func adapt(to page: ChangePage) {
        let count = max(1, page.changes.count)
        // An event has some 500 bytes besides its value.
        let average = page.changes.reduce(0) { $0 + $1.record.value.utf8.count + 500 } / count
        changes = min(max(bytes / max(1, average), 1), changes * 4, Self.most)
    }
}
