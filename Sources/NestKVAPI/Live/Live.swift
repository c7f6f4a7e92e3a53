import Logging
import MicroHTTP
import MicroJSON
import NestKVCore
import NestKVEvents
import Synchronization

/// Limits on who follows changes. All are published at `/_capabilities`.
public struct LiveLimits: Sendable {
    /// The most patterns of one stream.
    public var patterns = 64
    /// The most paths that a snapshot of wildcards may have.
    public var snapshotPaths = 1000
    /// How long a client may take to read half of its queue before it is cut off.
    public var patience = Duration.seconds(10)
    /// How often who hears nothing is told how far the store is.
    public var bookmarkInterval = Duration.seconds(15)
    /// The longest wait of a long poll.
    public var longestWait = Duration.seconds(300)

    /// 64 patterns, 10 s of patience.
    public init() {}
}

/// Everything that follows the store's changes: streams of events and long polls.
public final class Live: Sendable {
    /// What a silent stream is sent now and then.
    public static let keepAlive = EventStreamText.keepAlive

    let store: any Store
    let keys: any KeyService
    let limits: LiveLimits
    let hub: Hub<EventStream>
    /// Closed when the service stops.
    let stopping = RevisionSignal(revision: 0)

    /// What follows the changes of a store; ``run()`` starts it. The catalog of entry points is kept up to date with it.
    public init(
        store: any Store, keys: any KeyService, entryPoints: EntryPointCatalog, limits: LiveLimits, logger: Logger
    ) {
        self.store = store
        self.keys = keys
        self.limits = limits
        // Where entry points count on their own there is no feed of all: then only the service's own leaves are followed,
        // and who wants a stream is told so by the store.
        let feed = store.capabilities.revisionScope == .store ? .store : EntryPointCatalog.feed
        hub = Hub(
            store: store, feed: feed, logger: logger, bookmarkInterval: limits.bookmarkInterval,
            isReady: { $0.output.canPublish },
            own: { change in
                guard let change else {
                    Task {
                        do throws(StoreError) {
                            try await entryPoints.load(from: store)
                        } catch {
                            logger.error("the settings of entry points can't be read: \(error.message)")
                        }
                    }
                    return
                }
                entryPoints.take(change.record)
            },
            deliver: { EventStream.deliver($0, to: $1) })
    }

    /// Hands out changes until the task is cancelled.
    public func run() async {
        await hub.run()
    }

    /// Answers all long polls: the service is about to stop.
    public func stop() {
        stopping.close()
    }

    /// Events that were handed to streams since the start, one for each stream.
    public var eventsSent: Int { sent.load(ordering: .relaxed) }
    let sent = Atomic(0)

    /// The number of streams that get changes as they happen.
    public var subscribers: Int { hub.memberCount }
}

extension Live {
    /// The event as it is sent, made once for all who get it.
    func chunk(_ event: Event, withPrevious: Bool) -> StreamChunk {
        event.rendering(withPrevious: withPrevious) {
            var json = JSONWriter(reserving: event.change.record.value.utf8.count + 768)
            event.write(to: &json, path: keys.path(of: event.change.record.key), withPrevious: withPrevious)
            var text = EventStreamText(reserving: json.bytes.count + 64)
            text.id(event.position.description)
            text.event(event.change.operation.name)
            text.data(json.bytes)
            text.end()
            return text.chunk
        }
    }

    /// A change as an event, with what was there before when that is wanted.
    func event(_ change: Change, in page: ChangePage, withPrevious: Bool) async -> Event {
        let position = FeedPosition(revision: change.revision, identity: page.identity)
        return Event(change, at: position, previous: withPrevious ? .some(await store.previous(of: change)) : nil)
    }
}
