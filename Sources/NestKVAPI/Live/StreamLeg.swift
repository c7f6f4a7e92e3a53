import MicroHTTP
import NestKVCore
import NestKVEvents

/// A client's part in one feed: catches up from the feed, is fed by the hub then, and catches up again whenever the client
/// could not take what the hub had for it.
final class StreamLeg: Subscriber {
    let stream: EventStream
    let hub: Hub<StreamLeg>
    let patterns: [Pattern]
    let wantsPrevious: Bool
    /// Whether the client follows no other feed.
    let isAlone: Bool

    init(_ stream: EventStream, _ hub: Hub<StreamLeg>) {
        self.stream = stream
        self.hub = hub
        patterns = stream.patterns
        wantsPrevious = stream.wantsPrevious
        isAlone = stream.positions.withLock { $0 == nil }
    }

    /// Goes on behind a place.
    ///
    /// - Parameter known: what the client has of some paths already.
    func follow(after position: FeedPosition, known: [Snapshot.Extent] = []) {
        guard !join(after: position, known) else { return }
        Task { await catchUp(after: position, known) }
    }

    /// The same, once the client has read enough.
    func followWhenThereIsRoom(after position: FeedPosition) async {
        guard await stream.waitForRoom() else { return }
        follow(after: position)
    }

    private func join(after position: FeedPosition, _ known: [Snapshot.Extent]) -> Bool {
        // The hub doesn't ask who has what already.
        guard known.allSatisfy({ $0.revision <= position.revision || !$0.isIn(hub.feed) }),
            hub.join(self, after: position, joined: stream.output.resumePublications)
        else { return false }
        // It may have ended before the hub knew of it.
        if stream.output.isClosed { hub.leave(self) }
        return true
    }

    /// Sends what the feed has after a place until the hub can take over.
    private func catchUp(after position: FeedPosition, _ known: [Snapshot.Extent]) async {
        var position = position
        var backOff = BackOff()
        while !stream.output.isClosed, !join(after: position, known) {
            do throws(StoreError) {
                let page = try await stream.live.store.changes(in: hub.feed, after: position.revision, limit: 256)
                backOff.reset()
                // The client comes back with its last id, and is told that it can't go on from there.
                guard page.continues(position) else { return stream.output.finish() }
                guard await send(page, known) else { return }
                if let last = page.changes.last {
                    position = page.end.at(last.revision)
                } else {
                    // The hub is ahead of this page, or has not begun.
                    try? await Task.sleep(for: .milliseconds(1))
                }
            } catch {
                // The stream stays open and goes on when the store is back.
                await backOff.wait()
            }
        }
    }

    /// - Returns: false when the stream is over.
    private func send(_ page: ChangePage, _ known: [Snapshot.Extent]) async -> Bool {
        for change in page.changes where wants(change, known) {
            let event = await stream.live.event(change, in: page, withPrevious: wantsPrevious)
            while true {
                switch stream.send(event, in: hub.feed) {
                case .queued: stream.live.sent.add(1, ordering: .relaxed)
                case .closed: return false
                case .full:
                    guard await stream.waitForRoom() else { return false }
                    continue
                }
                break
            }
        }
        return true
    }

    /// Whether a change is for this client, and not in a snapshot that it has.
    private func wants(_ change: Change, _ known: [Snapshot.Extent]) -> Bool {
        let key = change.record.key
        guard patterns.contains(where: { $0.matches(key) }) else { return false }
        let covering = known.filter { $0.key.contains(key) || key.isAncestor(of: $0.key) }
        return covering.isEmpty || covering.contains { $0.revision < change.revision }
    }
}
