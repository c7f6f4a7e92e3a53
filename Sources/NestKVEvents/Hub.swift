import Logging
import NestKVCore
import Synchronization

/// Somebody who wants the changes that match some patterns.
public protocol Subscriber: AnyObject, Sendable {
    /// What is wanted.
    var patterns: [Pattern] { get }
    /// Whether events are to hold what was there before.
    var wantsPrevious: Bool { get }
}

/// What a hub hands out.
public enum Delivery: Sendable {
    /// A change.
    case change(Event)
    /// Nothing that matches happened up to this place.
    case bookmark(FeedPosition)
    /// Changes were lost: the subscriber begins anew from what it has seen. It has left the hub.
    case lost
}

/// Follows one feed of a store and hands each change to its subscribers, in the order of commits.
///
/// The feed is the only source: a change that another process made arrives like one's own, and nothing is handed out
/// before it is as durable as the store promises. A writer never waits for the hub, and the hub never for a reader.
public final class Hub<Member: Subscriber>: Sendable {
    private struct State {
        var roster = Roster<Member>()
        /// How far changes were handed out; nil before the first look at the feed.
        var cursor: FeedPosition?
        /// Nothing is being handed out, and nobody is there.
        var isIdle = false
    }

    private let store: any Store
    /// The feed that it follows.
    public let feed: Feed
    private let logger: Logger
    private let bookmarkInterval: Duration
    private let isReady: @Sendable (Member) -> Bool
    private let deliver: @Sendable (Delivery, [Member]) -> Void
    private let own: @Sendable (Change?) -> Void
    private let state = Mutex(State())
    /// Counts how often somebody came when nobody was there.
    private let arrivals = RevisionSignal(revision: 0)

    /// A hub for a feed; ``run()`` starts it.
    ///
    /// - Parameters:
    ///   - isReady: whether whatever delivers to this member, and others, can take more for now.
    ///   - own: is told of each change of the service's own leaves, which no member gets; nil: of nothing in
    ///     particular, some may have changed.
    ///   - deliver: takes a delivery for some members without waiting. Called in order, under the hub's lock: not from
    ///     within it, but from elsewhere, a member may leave and join again.
    public init(
        store: any Store, feed: Feed, logger: Logger, bookmarkInterval: Duration = .seconds(15),
        isReady: @escaping @Sendable (Member) -> Bool = { _ in true },
        own: @escaping @Sendable (Change?) -> Void = { _ in },
        deliver: @escaping @Sendable (Delivery, [Member]) -> Void
    ) {
        self.store = store
        self.feed = feed
        self.logger = logger
        self.bookmarkInterval = bookmarkInterval
        self.isReady = isReady
        self.own = own
        self.deliver = deliver
    }

    /// The number of members that are live: caught up and fed from here.
    public var memberCount: Int { state.withLock { $0.roster.count } }

    /// Makes a member live that has seen everything up to a place in the feed.
    ///
    /// - Parameter joined: called before anything is handed to the member.
    /// - Returns: false when later changes have been handed out already: catch up from the feed and try again.
    public func join(_ member: Member, after position: FeedPosition, joined: () -> Void = {}) -> Bool {
        let isFirst = state.withLock { state -> Bool? in
            guard let cursor = state.cursor else { return nil }
            if state.isIdle {
                // Nobody needs what is before.
                state.cursor = position
                state.isIdle = false
            } else if position.identity != cursor.identity || position.revision < cursor.revision {
                return nil
            }
            state.roster.insert(member, after: position.revision)
            joined()
            return state.roster.count == 1
        }
        if isFirst == true { arrivals.advance(by: 1) }
        return isFirst != nil
    }

    /// Ends a membership; who isn't live is left alone.
    public func leave(_ member: Member) {
        state.withLock { $0.roster.remove(member) }
    }

    /// Follows the feed until the task is cancelled.
    public func run() async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.follow() }
            group.addTask { await self.sendBookmarks() }
            await group.waitForAll()
        }
    }

    private func follow() async {
        var backOff = BackOff()
        while !Task.isCancelled {
            do throws(StoreError) {
                try await handOutNextPage()
                backOff.reset()
            } catch {
                if backOff.isFirst { logger.error("the change feed can't be read: \(error.message)") }
                await backOff.wait()
            }
        }
    }

    private func handOutNextPage() async throws(StoreError) {
        // Both at one moment: who comes to an idle hub sets it back to where that member is.
        let (place, isAlone) = state.withLock { ($0.cursor, $0.roster.count == 0) }
        guard let cursor = place else {
            let page = try await store.changes(in: feed, after: .max, limit: 1)
            state.withLock { $0.cursor = page.end }
            return own(nil)
        }
        if isAlone { return try await skip(from: cursor) }
        let page = try await store.changes(in: feed, after: cursor.revision, limit: 512)
        guard page.continues(cursor) else { return restart(at: page.end) }
        guard !page.changes.isEmpty else { return try await store.waitForChange(in: feed, after: cursor.revision) }
        for change in page.changes { await handOut(change, page.identity) }
    }

    /// Goes on to the end of the feed while nobody listens, so that writers don't pay for nobody; a little later again,
    /// or when somebody comes.
    private func skip(from cursor: FeedPosition) async throws(StoreError) {
        let seen = arrivals.revision
        let page = try await store.changes(in: feed, after: .max, limit: 1)
        let isSkipped = state.withLock { state in
            state.isIdle = state.roster.count == 0
            if state.isIdle { state.cursor = page.end }
            return state.isIdle
        }
        guard isSkipped else { return }
        // Another process may have changed the service's own leaves.
        if page.end != cursor, store.capabilities.isShared { own(nil) }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await Task.sleep(for: Self.idleInterval) }
            group.addTask { await self.arrivals.wait(after: seen) }
            await group.next()
            group.cancelAll()
        }
    }

    private static var idleInterval: Duration { .milliseconds(100) }

    private func handOut(_ change: Change, _ identity: String) async {
        if change.record.key.isInternal { own(change) }
        let position = FeedPosition(revision: change.revision, identity: identity)
        var event = Event(change, at: position)
        while !Task.isCancelled {
            let missing = state.withLock { state -> Missing? in
                let seats = state.roster.seats(for: change.record.key, before: change.revision)
                if event.previous == nil, seats.contains(where: { $0.member.wantsPrevious }) { return .previous }
                if let first = seats.first?.member, !isReady(first) { return .room }
                for seat in seats { seat.last = change.revision }
                state.cursor = position
                if !seats.isEmpty { deliver(.change(event), seats.map { $0.member }) }
                return nil
            }
            switch missing {
            case nil: return
            case .previous: event = Event(change, at: position, previous: .some(await store.previous(of: change)))
            case .room: try? await Task.sleep(for: .milliseconds(1))
            }
        }
    }

    private enum Missing { case previous, room }

    /// The feed was trimmed past what was handed out, or is another one: everybody begins anew from where they were.
    private func restart(at position: FeedPosition) {
        logger.warning("the change feed doesn't continue what was handed out; subscribers begin anew")
        own(nil)
        state.withLock { state in
            state.cursor = position
            let members = state.roster.removeAll()
            if !members.isEmpty { deliver(.lost, members) }
        }
    }

    /// Tells those whose patterns match little how far the store is, so that they needn't catch up with all of it
    /// later.
    private func sendBookmarks() async {
        while (try? await Task.sleep(for: bookmarkInterval)) != nil {
            state.withLock { state in
                guard let cursor = state.cursor else { return }
                let behind = state.roster.seats(before: cursor.revision)
                for seat in behind { seat.last = cursor.revision }
                if !behind.isEmpty { deliver(.bookmark(cursor), behind.map { $0.member }) }
            }
        }
    }
}

extension Store {
    /// The record that a change replaced; nil when there was none or it is not retained.
    public func previous(of change: Change) async -> Record? {
        try? await record(before: change.record.version, of: change.record.key)
    }
}
