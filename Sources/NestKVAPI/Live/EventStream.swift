import MicroHTTP
import NestKVCore
import NestKVEvents

/// One client that follows changes: catches up from the feed, is fed by the hub then, and catches up again whenever it
/// could not take what the hub had for it.
final class EventStream: Subscriber {
    let patterns: [Pattern]
    let wantsPrevious: Bool
    let output: ResponseStream
    private let live: Live

    init(_ live: Live, _ request: EventStreamRequest, _ output: ResponseStream) {
        self.live = live
        self.output = output
        patterns = request.patterns
        wantsPrevious = request.wantsPrevious
    }

    /// Sends what comes first and goes on from there.
    ///
    /// - Parameter known: what the client has of some paths already.
    func start(_ beginning: [StreamChunk], after position: FeedPosition, known: [Snapshot.Extent]) {
        output.onClose { _ in self.live.hub.leave(self) }
        guard output.send(beginning) == .queued else { return }
        follow(after: position, known: known)
    }

    private func follow(after position: FeedPosition, known: [Snapshot.Extent] = []) {
        guard !join(after: position, known) else { return }
        Task { await catchUp(after: position, known) }
    }

    private func join(after position: FeedPosition, _ known: [Snapshot.Extent]) -> Bool {
        // The hub doesn't ask who has what already.
        guard known.allSatisfy({ $0.revision <= position.revision }),
            live.hub.join(self, after: position, joined: output.resumePublications)
        else { return false }
        // It may have ended before the hub knew of it.
        if output.isClosed { live.hub.leave(self) }
        return true
    }

    /// Sends what the feed has after a place until the hub can take over.
    private func catchUp(after position: FeedPosition, _ known: [Snapshot.Extent]) async {
        var position = position
        var backOff = BackOff()
        while !output.isClosed, !join(after: position, known) {
            do throws(StoreError) {
                let page = try await live.store.changes(in: .store, after: position.revision, limit: 256)
                backOff.reset()
                // The client comes back with its last id, and is told that it can't go on from there.
                guard page.continues(position) else { return output.finish() }
                guard await send(page, known) else { return }
                if let last = page.changes.last {
                    position = FeedPosition(revision: last.revision, identity: page.identity)
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
            let event = await live.event(change, in: page, withPrevious: wantsPrevious)
            let chunk = live.chunk(event, withPrevious: wantsPrevious)
            while true {
                switch output.send(chunk) {
                case .queued: live.sent.add(1, ordering: .relaxed)
                case .closed: return false
                case .full:
                    guard await waitForRoom() else { return false }
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

    /// Waits until the client has read so much that there is room again; cuts it off when it reads too slowly.
    private func waitForRoom() async -> Bool {
        let patience = live.limits.patience
        let watch = Task { [output] in
            var queued = output.queuedBytes
            while true {
                try await Task.sleep(for: patience)
                // A snapshot may be far more than half a queue: who reads it steadily has the time that it takes.
                guard output.queuedBytes <= queued - output.queueLimit / 2 else { return output.abort() }
                queued = output.queuedBytes
            }
        }
        defer { watch.cancel() }
        return await output.waitForRoom()
    }
}

extension EventStream {
    /// Takes what the hub hands out.
    static func deliver(_ delivery: Delivery, to members: [EventStream]) {
        switch delivery {
        case .change(let event):
            // Whoever can't take it goes on from the change before it.
            let before = event.position.at(event.position.revision - 1)
            for withPrevious in [false, true] {
                let takers = members.filter { $0.wantsPrevious == withPrevious }
                guard let live = takers.first?.live else { continue }
                live.sent.add(takers.count, ordering: .relaxed)
                publish(live.chunk(event, withPrevious: withPrevious), to: takers, otherwiseAfter: before)
            }
        case .bookmark(let position):
            var text = EventStreamText()
            text.id(position.description)
            text.end()
            publish(text.chunk, to: members, otherwiseAfter: position)
        case .lost:
            for member in members { member.output.finish() }
        }
    }

    private static func publish(
        _ chunk: StreamChunk, to members: [EventStream], otherwiseAfter position: FeedPosition
    ) {
        ResponseStream.publish([chunk], to: members.map(\.output)) { refusals in
            let refused = Set(refusals.map { ObjectIdentifier($0.stream) })
            for member in members where refused.contains(ObjectIdentifier(member.output)) {
                member.live.hub.leave(member)
                if !member.output.isClosed { Task { await member.catchUpWhenItHasRoom(after: position) } }
            }
        }
    }

    private func catchUpWhenItHasRoom(after position: FeedPosition) async {
        guard await waitForRoom() else { return }
        follow(after: position)
    }
}
