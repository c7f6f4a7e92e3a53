import Logging
import NestKVCore
import Synchronization

/// Follows a store's change feed and hands each change to its subscribers, in the order of commits.
///
/// The feed is the only source: a change that another process made arrives like one's own, and nothing is handed out
/// before it is as durable as the store promises. A writer never waits for the hub, and the hub never for a reader.
public final class Hub: Sendable {
    private struct State {
        var index = SubscriptionIndex<Subscription>()
        var subscriptions: [ObjectIdentifier: Subscription] = [:]
        /// The last revision that was handed out; nil before the first look at the feed.
        var cursor: Revision?
    }

    private let store: any Store
    private let logger: Logger
    private let bookmarkInterval: Duration
    private let state = Mutex(State())

    /// A hub for a store's changes; ``run()`` starts it.
    public init(store: any Store, logger: Logger, bookmarkInterval: Duration = .seconds(15)) {
        self.store = store
        self.logger = logger
        self.bookmarkInterval = bookmarkInterval
    }

    /// The number of subscriptions that are live: caught up and fed from here.
    public var subscriberCount: Int { state.withLock { $0.subscriptions.count } }

    /// Makes a subscription live that has seen everything up to `revision`.
    ///
    /// - Returns: false when later changes have been handed out already: catch up from the feed and try again.
    public func join(_ subscription: Subscription, after revision: Revision) -> Bool {
        state.withLock { state in
            guard let cursor = state.cursor, revision >= cursor else { return false }
            subscription.lastRevision.store(revision, ordering: .relaxed)
            state.subscriptions[ObjectIdentifier(subscription)] = subscription
            for pattern in subscription.patterns { state.index.insert(subscription, pattern) }
            return true
        }
    }

    /// Ends a subscription; one that isn't live is left alone.
    public func leave(_ subscription: Subscription) {
        state.withLock { state in
            guard state.subscriptions.removeValue(forKey: ObjectIdentifier(subscription)) != nil else { return }
            for pattern in subscription.patterns { state.index.remove(subscription, pattern) }
        }
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
        var failures = 0
        while !Task.isCancelled {
            do throws(StoreError) {
                try await handOutNextPage()
                failures = 0
            } catch {
                failures += 1
                if failures == 1 { logger.error("the change feed can't be read: \(error.message)") }
                try? await Task.sleep(for: .milliseconds(min(1000, 20 << min(failures, 6))))
            }
        }
    }

    private func handOutNextPage() async throws(StoreError) {
        guard let cursor = state.withLock({ $0.cursor }) else {
            let page = try await store.changes(in: .store, after: .max, limit: 1)
            return state.withLock { $0.cursor = page.current }
        }
        let page = try await store.changes(in: .store, after: cursor, limit: 512)
        guard page.oldest <= cursor else { return restart(at: page.current) }
        guard !page.changes.isEmpty else { return try await store.waitForChange(in: .store, after: cursor) }
        for change in page.changes { await handOut(change) }
    }

    private func handOut(_ change: Change) async {
        var receivers: [Subscription] = []
        var wantsPrevious = false
        state.withLock { state in
            state.cursor = change.revision
            state.index.forEachMatch(change.record.key) { subscription in
                // Several patterns of one stream may match; each change is handed out once.
                guard subscription.advance(to: change.revision) else { return }
                receivers.append(subscription)
                if subscription.wantsPrevious { wantsPrevious = true }
            }
        }
        guard !receivers.isEmpty else { return }
        let event = Event(change, previous: wantsPrevious ? await store.previous(of: change) : nil)
        for subscription in receivers where !subscription.receive(.change(event)) { leave(subscription) }
    }

    /// The feed was trimmed past what was handed out: everybody must begin anew from where they were.
    private func restart(at revision: Revision) {
        logger.warning("the change feed was trimmed before it was handed out; subscribers reconnect")
        let all = state.withLock { state in
            state.cursor = revision
            return Array(state.subscriptions.values)
        }
        for subscription in all {
            leave(subscription)
            _ = subscription.receive(.lost)
        }
    }

    /// Tells those whose patterns match little how far the store is, so that they needn't catch up with all of it later.
    private func sendBookmarks() async {
        while (try? await Task.sleep(for: bookmarkInterval)) != nil {
            let (cursor, all) = state.withLock { ($0.cursor ?? 0, Array($0.subscriptions.values)) }
            for subscription in all where subscription.advance(to: cursor) {
                if !subscription.receive(.bookmark(cursor)) { leave(subscription) }
            }
        }
    }
}

/// Somebody who wants the changes that match some patterns.
public final class Subscription: Sendable {
    /// What is handed to a subscriber.
    public enum Delivery: Sendable {
        /// A change that matches.
        case change(Event)
        /// Nothing that matches happened up to this revision.
        case bookmark(Revision)
        /// Changes were lost: end, and let the client come back with its last id.
        case lost
    }

    /// What is wanted.
    public let patterns: [Pattern]
    /// Whether events are to hold what was there before.
    public let wantsPrevious: Bool
    /// Takes a delivery without waiting; false ends the subscription.
    let receive: @Sendable (Delivery) -> Bool
    let lastRevision = Atomic<Revision>(0)

    /// A subscription to patterns.
    public init(
        _ patterns: [Pattern], wantsPrevious: Bool, receive: @escaping @Sendable (Delivery) -> Bool
    ) {
        self.patterns = patterns
        self.wantsPrevious = wantsPrevious
        self.receive = receive
    }

    /// Whether a change of this leaf is wanted.
    public func matches(_ key: Key) -> Bool {
        patterns.contains { $0.matches(key) }
    }

    /// Notes a revision; false when it was noted before.
    func advance(to revision: Revision) -> Bool {
        lastRevision.max(revision, ordering: .relaxed).oldValue < revision
    }
}

extension Store {
    /// The record that a change replaced; nil when there was none or it is not retained.
    public func previous(of change: Change) async -> Record? {
        guard change.record.version > 1 else { return nil }
        return try? await version(change.record.version - 1, of: change.record.key)
    }
}
