import MicroHTTP
import NestKVCore
import NestKVEvents
import NestKVStorage
import Synchronization

/// One client that follows changes over one streaming response. It has a leg in each feed that it follows, which is
/// almost always one.
final class EventStream: Sendable {
    let patterns: [Pattern]
    let wantsPrevious: Bool
    let output: ResponseStream
    let live: Live
    /// The store as the client sees it.
    let store: any Store
    /// The shape in which the client gets values.
    let shape: Shape
    /// The client's position in each feed when it follows several; every id contains all of them. The lock is held
    /// while events are queued, so that ids have the order of the events.
    let positions: Mutex<FeedPositions?>
    private let legs = Mutex<[Feed: StreamLeg]>([:])

    init(
        _ live: Live, _ store: any Store, _ shape: Shape, following patterns: [Pattern], wantsPrevious: Bool,
        _ output: ResponseStream, _ positions: FeedPositions?
    ) {
        self.live = live
        self.store = store
        self.shape = shape
        self.patterns = patterns
        self.wantsPrevious = wantsPrevious
        self.output = output
        self.positions = Mutex(positions)
    }

    /// Sends the beginning of the stream, then the changes after it.
    ///
    /// - Parameters:
    ///   - known: the paths whose snapshots the client has already received.
    ///   - mayGrow: whether the client must also follow feeds that are created later.
    func start(
        _ beginning: [StreamChunk], after positions: FeedPositions, known: [Snapshot.Extent], mayGrow: Bool
    ) {
        output.onClose { _ in self.end() }
        guard output.send(beginning) == .queued else { return }
        for feed in positions.feeds {
            guard let position = positions[feed] else { continue }
            follow(feed, after: position, known: known)
        }
        if mayGrow { live.growing.withLock { $0[ObjectIdentifier(self)] = self } }
    }

    /// Follows one more feed, unless the client already follows it.
    func follow(_ feed: Feed, after position: FeedPosition, known: [Snapshot.Extent] = []) {
        let leg = legs.withLock { legs -> StreamLeg? in
            guard legs[feed] == nil, !output.isClosed else { return nil }
            let leg = StreamLeg(self, live.acquireHub(feed))
            legs[feed] = leg
            return leg
        }
        guard let leg else { return }
        positions.withLock { if $0 != nil { $0?[feed] = position } }
        leg.follow(after: position, known: known)
        // The stream may have ended before the leg was added.
        if output.isClosed { end() }
    }

    private func end() {
        live.growing.withLock { _ = $0.removeValue(forKey: ObjectIdentifier(self)) }
        let ended = legs.withLock { legs in
            defer { legs = [:] }
            return Array(legs.values)
        }
        for leg in ended {
            leg.hub.leave(leg)
            live.releaseHub(leg.hub.feed)
        }
    }
}

extension EventStream {
    /// Queues events as one piece. With several feeds, each id contains the client's positions in all of them.
    ///
    /// - Returns: `.full` also when the limit on bytes in flight leaves no room.
    func send(_ events: [Event], in feed: Feed) -> ResponseStream.Sent {
        positions.withLock { positions in
            var new = positions
            var text = live.text(for: events, withPrevious: wantsPrevious)
            for event in events {
                new?[feed] = event.position
                let id = new?.description ?? event.position.description
                live.write(event, in: shape, to: &text, withPrevious: wantsPrevious, id: id)
            }
            guard let chunk = StreamChunk(text.bytes, ifRoomIn: live.inFlight) else { return .full }
            let sent = output.send(chunk)
            if sent == .queued { positions = new }
            return sent
        }
    }

    /// Queues an event from a hub for this client alone, which follows several feeds or gets values in another shape
    /// than others. If its queue is full, the stream is cut, and the client reconnects with an id that is valid for all
    /// feeds.
    fileprivate func publish(_ event: Event?, _ position: FeedPosition, in feed: Feed) {
        positions.withLock { positions in
            positions?[feed] = position
            let id = positions?.description ?? position.description
            var text = EventStreamText.bookmark(id)
            if let event {
                text = live.text(for: [event], withPrevious: wantsPrevious)
                live.write(event, in: shape, to: &text, withPrevious: wantsPrevious, id: id)
            }
            ResponseStream.publish([text.chunk(countedIn: live.inFlight)], to: [output]) { refusals in
                for refusal in refusals { refusal.stream.abort() }
            }
        }
    }

    /// Sends a hub's delivery to these legs.
    static func deliver(_ delivery: Delivery, to legs: [StreamLeg]) {
        switch delivery {
        case .change(let event):
            // A client with a full queue continues from the change before this one.
            let before = event.position.at(event.position.revision - 1)
            for withPrevious in [false, true] {
                let takers = legs.filter { $0.wantsPrevious == withPrevious }
                guard let live = takers.first?.stream.live else { continue }
                live.sent.add(takers.count, ordering: .relaxed)
                let rest = publish(live.chunk(event, withPrevious: withPrevious), to: takers, otherwiseAfter: before)
                for leg in rest { leg.stream.publish(event, event.position, in: leg.hub.feed) }
            }
        case .bookmark(let position):
            let chunk = EventStreamText.bookmark(position.description).chunk
            let rest = publish(chunk, to: legs, otherwiseAfter: position)
            for leg in rest { leg.stream.publish(nil, position, in: leg.hub.feed) }
        case .lost:
            for leg in legs { leg.stream.output.finish() }
        }
    }

    /// Publishes one chunk to all clients that share it.
    ///
    /// - Returns: the legs of the others.
    private static func publish(
        _ chunk: StreamChunk, to legs: [StreamLeg], otherwiseAfter position: FeedPosition
    ) -> [StreamLeg] {
        let (sharing, rest) = legs.contains { !$0.sharesChunks } ? legs.parted { $0.sharesChunks } : (legs, [])
        ResponseStream.publish([chunk], to: sharing.map { $0.stream.output }) { refusals in
            let refused = Set(refusals.map { ObjectIdentifier($0.stream) })
            for leg in sharing where refused.contains(ObjectIdentifier(leg.stream.output)) {
                leg.hub.leave(leg)
                if !leg.stream.output.isClosed { Task { await leg.followWhenThereIsRoom(after: position) } }
            }
        }
        return rest
    }
}

extension Array {
    fileprivate func parted(_ belongsFirst: (Element) -> Bool) -> ([Element], [Element]) {
        (filter(belongsFirst), filter { !belongsFirst($0) })
    }
}
