import Logging
import NestKVStorage

/// Takes the changes of a feed from a ``Follower``.
public protocol FeedSink: Sendable {
    /// Takes everything from scratch, because changes are missing or the sink has no position yet. The changes after
    /// the position follow. They may already be in what was read.
    func reset(at position: FeedPosition) async throws(StoreError)

    /// Takes changes in the order of commits, at least once.
    func take(_ changes: [Change]) async throws(StoreError)
}

/// Where a follower keeps its position.
public protocol FollowerPlace: Sendable {
    /// The stored position; nil before one was stored.
    func load() async throws(StoreError) -> FeedPosition?
    /// Stores a position up to which everything was taken.
    func save(_ position: FeedPosition) async throws(StoreError)
}

/// Follows one feed and hands its changes to a sink. If the store or the sink fails, it tries again until it succeeds,
/// so the sink takes every change at least once.
public struct Follower: Sendable {
    /// How a follower reads.
    public struct Pace: Sendable {
        /// The most changes of a page.
        public var page = 256
        /// The shortest time between two pages that were waited for. It collects the changes of a busy store.
        public var interval = Duration.zero
        /// The most revisions that the follower may be behind before its sink is reset instead; nil for no limit.
        public var mostBehind: Revision?

        /// Pages of 256 changes, each as soon as possible.
        public init() {}
    }

    private let name: String
    private let store: any ChangeFeed
    private let feed: Feed
    private let sink: any FeedSink
    private let place: (any FollowerPlace)?
    private let pace: Pace
    private let logger: Logger

    /// A follower; ``run()`` starts it.
    ///
    /// - Parameters:
    ///   - name: what follows, for the log.
    ///   - place: where the position is kept beyond the life of the process; nil if the sink starts from scratch.
    public init(
        _ name: String, of feed: Feed, in store: any ChangeFeed, _ sink: any FeedSink,
        place: (any FollowerPlace)? = nil, pace: Pace = Pace(), logger: Logger
    ) {
        self.name = name
        self.store = store
        self.feed = feed
        self.sink = sink
        self.place = place
        self.pace = pace
        self.logger = logger
    }

    /// Follows the feed until the task is cancelled.
    public func run() async {
        guard let start = await retrying({ () throws(StoreError) in try await start() }) else { return }
        var reader = start
        while !Task.isCancelled {
            let before = reader
            guard let next = await retrying({ () throws(StoreError) in try await step(before) }) else { return }
            reader = next.reader
            guard next.isAtEnd else { continue }
            await reader.wait(atMost: .seconds(1))
            if pace.interval > .zero { try? await Task.sleep(for: pace.interval) }
        }
    }

    /// The reader at the stored position, or at the end of the feed after a reset.
    private func start() async throws(StoreError) -> FeedReader {
        if let position = try await place?.load() { return FeedReader(store, feed, after: position) }
        let end = try await store.end(of: feed)
        return try await reset(FeedReader(store, feed, after: end), at: end)
    }

    /// Takes one page.
    ///
    /// - Returns: the reader after it, and whether there are no more changes at the moment.
    private func step(_ start: FeedReader) async throws(StoreError) -> (reader: FeedReader, isAtEnd: Bool) {
        var reader = start
        if let most = pace.mostBehind {
            let extent = try await store.extent(of: feed)
            if extent.end == start.position { return (start, true) }
            if extent.current > start.position.revision + most { return (try await reset(start, at: extent.end), true) }
        }
        switch try await reader.next(limit: pace.page) {
        case .changes(let page):
            // A stored position is a change, too. If it were taken, a new position would be stored because of it.
            let changes = page.changes.filter { !ReservedKeys.followers.isAncestor(of: $0.record.key) }
            if !changes.isEmpty {
                try await sink.take(changes)
                try await place?.save(reader.position)
            }
            return (reader, pace.interval > .zero && reader.position == page.end)
        case .end: return (reader, true)
        case .reset(let page): return (try await reset(start, at: page.end), false)
        }
    }

    private func reset(_ reader: FeedReader, at end: FeedPosition) async throws(StoreError) -> FeedReader {
        try await sink.reset(at: end)
        try await place?.save(end)
        return FeedReader(store, feed, after: end)
    }

    /// Repeats what fails, with pauses; nil when the task is cancelled.
    private func retrying<Result: Sendable>(
        _ body: () async throws(StoreError) -> Result
    ) async -> Result? {
        var backOff = BackOff()
        while !Task.isCancelled {
            do throws(StoreError) {
                return try await body()
            } catch {
                if backOff.isFirst, !Task.isCancelled {
                    logger.error("\(name) can't follow the changes of the store: \(error.message)")
                }
                await backOff.wait()
            }
        }
        return nil
    }
}
