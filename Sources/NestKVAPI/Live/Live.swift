import Logging
import MicroHTTP
import MicroJSON
import NestKVCore
import NestKVEvents
import NestKVStorage
import Synchronization

/// Limits on clients that follow changes. All are published at `/_capabilities`.
public struct LiveLimits: Sendable {
    /// The most patterns of one stream.
    public var patterns = 64
    /// The most paths that a snapshot of wildcards may have.
    public var snapshotPaths = 1000
    /// How often a client without matching changes is sent the store's current position.
    public var bookmarkInterval = Duration.seconds(15)
    /// The longest wait of a long poll.
    public var longestWait = Duration.seconds(300)

    /// 64 patterns, 1000 paths of a snapshot.
    public init() {}
}

/// Serves all clients that follow the store's changes, by event streams and long polls.
public final class Live: Sendable {
    /// The text that an idle stream is sent from time to time.
    public static let keepAlive = EventStreamText.keepAlive

    let store: any Store
    let keys: any KeyService
    let limits: LiveLimits
    /// The registered schemas and their bindings.
    public let schemas: SchemaCatalog
    /// The hub of the whole store. If entry points have feeds of their own, this is the hub of the service's own
    /// leaves.
    private let hub: Hub<StreamLeg>
    private let makeHub: @Sendable (Feed) -> Hub<StreamLeg>
    /// The hubs of entry points that have followers.
    private let hubs = Mutex<[Feed: Following]>([:])
    /// Streams whose patterns may match in entry points that don't exist yet.
    let growing = Mutex<[ObjectIdentifier: EventStream]>([:])
    /// Closed when the service stops.
    let stopping = RevisionSignal(revision: 0)
    /// Counts the bytes that streams are sending.
    let inFlight: BytesInFlight
    /// Values of snapshots that are being sent.
    let snapshotValues = SharedValues()

    /// Follows the changes of a store once ``run()`` is called.
    public init(
        store: any Store, keys: any KeyService, schemas: SchemaCatalog = SchemaCatalog(), limits: LiveLimits,
        logger: Logger, inFlight: BytesInFlight = BytesInFlight()
    ) {
        self.inFlight = inFlight
        self.schemas = schemas
        self.store = store
        self.keys = keys
        self.limits = limits
        makeHub = { feed in
            Hub(
                store: store, feed: feed, previous: { await store.previous(of: $0) }, logger: logger,
                bookmarkInterval: limits.bookmarkInterval, isReady: { $0.stream.output.canPublish },
                deliver: { EventStream.deliver($0, to: $1) })
        }
        hub = makeHub(store.feed(of: ReservedKeys.root))
    }

    /// Delivers changes until the task is cancelled.
    public func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.hub.run() }
            group.addTask { await self.growStreams() }
            await group.waitForAll()
        }
        for following in hubs.withLock({ $0.values }) { following.task.cancel() }
    }

    /// Answers all long polls, because the service is about to stop.
    public func stop() {
        stopping.close()
    }

    /// The number of events delivered since the start; an event counts once for each stream.
    public var eventsSent: Int { sent.load(ordering: .relaxed) }
    let sent = Atomic(0)

    /// The number of streams that receive changes as they happen.
    public var subscribers: Int {
        hub.memberCount + hubs.withLock { $0.values.reduce(0) { $0 + $1.hub.memberCount } }
    }
}

extension Live {
    /// A hub that runs as long as it is in use.
    private struct Following {
        let hub: Hub<StreamLeg>
        let task: Task<Void, Never>
        var users: Int
    }

    /// The hub of a feed. Balance every call with one ``releaseHub(_:)``.
    func acquireHub(_ feed: Feed) -> Hub<StreamLeg> {
        if feed == hub.feed { return hub }
        return hubs.withLock { hubs in
            if let following = hubs[feed] {
                hubs[feed]?.users += 1
                return following.hub
            }
            let hub = makeHub(feed)
            hubs[feed] = Following(hub: hub, task: Task { await hub.run() }, users: 1)
            return hub
        }
    }

    /// Ends one use of a feed's hub.
    func releaseHub(_ feed: Feed) {
        let ended = hubs.withLock { hubs -> Following? in
            guard let users = hubs[feed]?.users else { return nil }
            hubs[feed]?.users = users - 1
            return users == 1 ? hubs.removeValue(forKey: feed) : nil
        }
        ended?.task.cancel()
    }

    /// Lets streams follow newly created entry points from their first change. Looks every second.
    private func growStreams() async {
        guard store.capabilities.revisionScope == .entryPoint else { return }
        while (try? await Task.sleep(for: .seconds(1))) != nil {
            let streams = growing.withLock { Array($0.values) }
            guard !streams.isEmpty, let names = try? await store.allEntryPoints() else { continue }
            for feed in names.map({ Feed(entryPoint: $0) }) {
                guard let page = try? await store.extent(of: feed) else { continue }
                for stream in streams { stream.follow(feed, after: page.beginning) }
            }
        }
    }
}

extension Live {
    /// The event as it is sent, made once for all its receivers that get values in the shapes of their bindings.
    func chunk(_ event: Event, withPrevious: Bool) -> StreamChunk {
        event.rendering(withPrevious: withPrevious) {
            var text = text(for: [event], withPrevious: withPrevious)
            write(event, in: .bound, to: &text, withPrevious: withPrevious, id: event.position.description)
            return text.chunk(countedIn: inFlight)
        }
    }

    /// An empty text with room for events.
    func text(for events: [Event], withPrevious: Bool) -> EventStreamText {
        EventStreamText(reserving: events.reduce(0) { $0 + estimatedBytes(of: $1, withPrevious: withPrevious) })
    }

    /// Appends the event as text, with an id.
    func write(_ event: Event, in shape: Shape, to text: inout EventStreamText, withPrevious: Bool, id: String) {
        text.id(id)
        text.event(event.change.operation.name)
        text.data { json in
            event.write(
                to: &json, path: keys.path(of: event.change.record.key), withPrevious: withPrevious,
                showing: { schemas.shown($0, in: shape) })
        }
        text.end()
    }

    /// The approximate number of bytes of the event's text.
    private func estimatedBytes(of event: Event, withPrevious: Bool) -> Int {
        let previous = withPrevious ? event.previous??.value.utf8.count ?? 0 : 0
        return event.change.record.value.utf8.count + previous + 800
    }
}

extension Store {
    /// A change as an event, with the previous record if `withPrevious` is set.
    func event(_ change: Change, in page: ChangePage, withPrevious: Bool) async -> Event {
        let position = FeedPosition(revision: change.revision, identity: page.identity)
        return Event(change, at: position, previous: withPrevious ? .some(await previous(of: change)) : nil)
    }
}
