import Logging
import MemoryDriver
import MicroJSON
import NestKVCore
import NestKVStorage
import Synchronization
import Testing

@testable import NestKVEvents

/// The deliveries of the hub to its subscribers.
@Suite(.timeLimit(.minutes(1)))
struct HubTests {
    @Test func `every subscriber gets every change that matches, once and in the order of commits, beside 8 writers`()
        async throws
    {
        let store = try await memoryStore()
        let hub = Receiver.hub(store)
        let following = Task { await hub.run() }
        let all = Receiver([.everything], wantsPrevious: true)
        try await join(hub, all, store)
        let pattern = try Pattern(path: Array("/ep/w3".utf8)[...], keys: PathKeyService())
        // Both patterns match the same changes, which must still be delivered once.
        let any = try Pattern(path: Array("/ep/+".utf8)[...], keys: PathKeyService())
        let some = Receiver([pattern, any])
        try await join(hub, some, store)
        await withTaskGroup(of: Void.self) { group in
            for writer in 0..<8 {
                group.addTask {
                    for count in 0..<100 {
                        let key = Key([Array("ep".utf8), Array("w\(writer)".utf8)])
                        _ = try? await store.write(Put(.integer(count)), at: key)
                    }
                }
            }
        }
        for receiver in [all, some] {
            while receiver.revisions.count < 800 { try await Task.sleep(for: .milliseconds(2)) }
            let revisions = receiver.revisions
            #expect(revisions.count == 800)
            #expect(zip(revisions, revisions.dropFirst()).allSatisfy { $1 == $0 + 1 })
        }
        #expect(all.previousAgree)
        following.cancel()
        await following.value
        #expect(hub.memberCount == 2)
    }

    @Test func `a member that has not caught up can't join, and one that has left gets nothing more`() async throws {
        let store = try await memoryStore()
        let hub = Receiver.hub(store)
        let following = Task { await hub.run() }
        let receiver = Receiver([.everything])
        try await join(hub, receiver, store)
        let key = Key([Array("ep".utf8), Array("a".utf8)])
        let first = try await store.write(Put(.null), at: key)
        while receiver.revisions.isEmpty { try await Task.sleep(for: .milliseconds(2)) }
        let end = try await store.end(of: .store)
        #expect(!hub.join(Receiver([.everything]), after: end.at(first.revision - 1)))
        #expect(!hub.join(Receiver([.everything]), after: FeedPosition(revision: first.revision, identity: "other")))
        hub.leave(receiver)
        _ = try await store.write(Put(.null), at: key)
        try await join(hub, Receiver([.everything]), store)
        #expect(receiver.revisions.count == 1)
        following.cancel()
        await following.value
    }

    private func memoryStore() async throws -> KeyValueStore {
        let options = DriverOptions(logger: Logger(label: "test"))
        return KeyValueStore(
            driver: try await DriverFactory.memory.open(StoreURL("memory:"), options), keys: PathKeyService(),
            metadata: StandardMetadata(hashing: CanonicalHashing()), locks: PathLocks(), rules: [])
    }

    private func join(_ hub: Hub<Receiver>, _ receiver: Receiver, _ store: KeyValueStore) async throws {
        while true {
            let end = try await store.end(of: .store)
            if hub.join(receiver, after: end) { return }
            try await Task.sleep(for: .milliseconds(1))
        }
    }
}

/// Keeps what is delivered to it.
private final class Receiver: Subscriber {
    let patterns: [Pattern]
    let wantsPrevious: Bool
    private let events = Mutex<[Event]>([])

    init(_ patterns: [Pattern], wantsPrevious: Bool = false) {
        self.patterns = patterns
        self.wantsPrevious = wantsPrevious
    }

    static func hub(_ store: any Store) -> Hub<Receiver> {
        Hub(
            store: store, feed: .store, previous: { await store.previous(of: $0) }, logger: Logger(label: "test")
        ) { delivery, receivers in
            guard case .change(let event) = delivery else { return }
            for receiver in receivers { receiver.events.withLock { $0.append(event) } }
        }
    }

    var revisions: [Revision] { events.withLock { $0.map(\.change.revision) } }

    /// Whether each event's previous record is the one version before.
    var previousAgree: Bool {
        events.withLock { events in
            events.allSatisfy { event in
                // Versions that are no longer retained are not returned.
                guard case let previous?? = event.previous else { return true }
                return previous.version == event.change.record.version - 1
            }
        }
    }
}
