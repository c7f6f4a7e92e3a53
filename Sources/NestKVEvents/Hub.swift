import Logging
import NestKVCore
import NestKVStorage
import Synchronization

/// A subscriber to the changes that match some patterns.
public protocol Subscriber: AnyObject, Sendable {
    /// The patterns of the subscriber.
    var patterns: [Pattern] { get }
    /// Whether events must contain the previous record.
    var wantsPrevious: Bool { get }
}

/// What a hub delivers.
public enum Delivery: Sendable {
    /// A change.
    case change(Event)
    /// There was no matching change up to this position.
    case bookmark(FeedPosition)
    /// Changes were lost. The subscriber was removed from the hub and must catch up from the last change it has seen.
    case lost
}

/// Follows one feed of a store and delivers each change to its subscribers, in the order of commits.
///
/// The feed is the only source. Changes by other processes arrive like those of this one, and no change is delivered
/// before it is as durable as the store promises. A writer never waits for the hub, and the hub never for a reader.
public final class Hub<Member: Subscriber>: Sendable {
    private struct State {
        var roster = Roster<Member>()
        /// The position up to which changes were delivered; nil before the feed was first read.
        var cursor: FeedPosition?
        /// Whether nothing is being delivered and there is no member.
        var isIdle = false
    }

    private let store: any ChangeFeed
    private let previous: @Sendable (Change) async -> Record?
    /// The feed that it follows.
    public let feed: Feed
    private let logger: Logger
    private let bookmarkInterval: Duration
    private let isReady: @Sendable (Member) -> Bool
    private let deliver: @Sendable (Delivery, [Member]) -> Void
    private let state = Mutex(State())
    /// Counts how often a member joined an empty hub.
    private let arrivals = RevisionSignal(revision: 0)

    /// A hub for a feed; ``run()`` starts it.
    ///
    /// - Parameters:
    ///   - previous: finds the record that a change replaced.
    ///   - isReady: whether the thread that delivers to this member and others can take more.
    ///   - deliver: takes a delivery for some members without waiting. It is called in order and under the hub's lock,
    ///     so it must not call ``leave(_:)`` or ``join(_:after:joined:)`` itself.
    public init(
        store: any ChangeFeed, feed: Feed, previous: @escaping @Sendable (Change) async -> Record?, logger: Logger,
        bookmarkInterval: Duration = .seconds(15),
        isReady: @escaping @Sendable (Member) -> Bool = { _ in true },
        deliver: @escaping @Sendable (Delivery, [Member]) -> Void
    ) {
        self.store = store
        self.feed = feed
        self.previous = previous
        self.logger = logger
        self.bookmarkInterval = bookmarkInterval
        self.isReady = isReady
        self.deliver = deliver
    }

    /// The number of live members, which have caught up and receive changes from this hub.
    public var memberCount: Int { state.withLock { $0.roster.count } }

    /// Makes a member live that has seen everything up to a position in the feed.
    ///
    /// - Parameter joined: called before anything is delivered to the member.
    /// - Returns: false if later changes were already delivered; the member must catch up from the feed and try again.
    public func join(_ member: Member, after position: FeedPosition, joined: () -> Void = {}) -> Bool {
        let isFirst = state.withLock { state -> Bool? in
            guard let cursor = state.cursor else { return nil }
            if state.isIdle {
                // No member needs the earlier changes.
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

    /// Removes a member. Does nothing if it isn't live.
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
        // Both are read together, because a member that joins an idle hub sets the cursor back to its own position.
        let (place, isAlone) = state.withLock { ($0.cursor, $0.roster.count == 0) }
        guard let cursor = place else {
            let end = try await store.end(of: feed)
            return state.withLock { $0.cursor = end }
        }
        if isAlone { return try await skip() }
        var reader = FeedReader(store, feed, after: cursor)
        switch try await reader.next(limit: 512) {
        case .changes(let page): for change in page.changes { await handOut(change, page.identity) }
        case .end: try await reader.wait()
        case .reset(let page): restart(at: page.end)
        }
    }

    /// Skips to the end of the feed while there are no members, so that writers don't pay for deliveries. Returns after
    /// a while, or when a member joins.
    private func skip() async throws(StoreError) {
        let seen = arrivals.revision
        let end = try await store.end(of: feed)
        let isSkipped = state.withLock { state in
            state.isIdle = state.roster.count == 0
            if state.isIdle { state.cursor = end }
            return state.isIdle
        }
        guard isSkipped else { return }
        await withTaskGroup(of: Void.self) { group in
            group.addTask { try? await Task.sleep(for: Self.idleInterval) }
            group.addTask { await self.arrivals.wait(after: seen) }
            await group.next()
            group.cancelAll()
        }
    }

    private static var idleInterval: Duration { .milliseconds(100) }

    private func handOut(_ change: Change, _ identity: String) async {
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
            case .previous: event = Event(change, at: position, previous: .some(await previous(change)))
            case .room: try? await Task.sleep(for: .milliseconds(1))
            }
        }
    }

    private enum Missing { case previous, room }

    /// Removes all members, because the feed was trimmed or replaced. Each catches up from its own position.
    private func restart(at position: FeedPosition) {
        logger.warning("the change feed doesn't continue after the last delivered change; subscribers catch up again")
        state.withLock { state in
            state.cursor = position
            let members = state.roster.removeAll()
            if !members.isEmpty { deliver(.lost, members) }
        }
    }

    /// Sends the current position to members without matching changes, so that they needn't catch up from an old one
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
    /// The record that a change replaced; nil if the leaf did not exist or the record is not retained.
    public func previous(of change: Change) async -> Record? {
        try? await record(before: change.record.version, of: change.record.key)
    }
}
