import Synchronization
import TestSupport
import Testing

@testable import NestKVCore
@testable import NestKVStorage

/// Locks of paths: two writers never work above or below each other, and writers of unrelated paths don't wait.
@Suite(.timeLimit(.minutes(1)))
struct PathLocksTests {
    @Test(arguments: [
        ("e/a", "e/a", true), ("e/a", "e/a/b", true), ("e/a/b", "e", true), ("e/a", "e/b", false),
        ("e/a/b", "e/a/c", false), ("e/a", "e/ab", false), ("e", "f", false),
    ])
    func `two paths are in each other's way when one contains the other`(
        _ held: String, _ wanted: String, _ isBlocked: Bool
    ) async throws {
        let locks = PathLocks()
        try await locks.lock([key(held)])
        let isTaken = Shared(false)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await locks.lock([key(wanted)])
                isTaken.change { $0 = true }
                locks.unlock([key(wanted)])
            }
            if isBlocked {
                // Gives the other task every chance to take what it must not.
                for _ in 0..<100 { await Task.yield() }
                #expect(!isTaken.value)
                locks.unlock([key(held)])
                try await group.waitForAll()
            } else {
                try await group.waitForAll()
                locks.unlock([key(held)])
            }
        }
        #expect(isTaken.value)
    }

    @Test func `with any interleaving, no two holders conflict, and every writer gets its turn`() async throws {
        let locks = PathLocks()
        let held = Shared<[Key]>([])
        let turns = Shared(0)
        let choices = [
            ["e"], ["e/a"], ["e/a/x"], ["e/a/y"], ["e/b"], ["e/b/x"], ["f"], ["f/a"], ["e/a", "e/b"], ["e/a/x", "f"],
            ["e/a/y", "e/b/x", "f/a"], ["e", "f"],
        ].map { $0.map(key) }
        try await withThrowingTaskGroup(of: Void.self) { group in
            for seed in 0..<64 {
                group.addTask {
                    var random = SeededGenerator(seed: UInt64(seed))
                    for _ in 0..<100 {
                        let paths = random.pick(choices)
                        try await locks.lock(paths)
                        let isAlone = held.change { held in
                            defer { held += paths }
                            return !held.contains { other in paths.contains { $0.isRelated(to: other) } }
                        }
                        #expect(isAlone)
                        await Task.yield()
                        held.change { held in
                            for path in paths {
                                if let index = held.firstIndex(of: path) { held.remove(at: index) }
                            }
                        }
                        locks.unlock(paths)
                        turns.change { $0 += 1 }
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(turns.value == 6400)
    }

    @Test func `a writer of the whole is not delayed forever by writers of parts`() async throws {
        let locks = PathLocks()
        try await locks.lock([key("e/a")])
        let order = Shared<[String]>([])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for path in ["e", "e/b", "e/c"] {
                group.addTask {
                    try await locks.lock([key(path)])
                    order.change { $0.append(path) }
                    locks.unlock([key(path)])
                }
                for _ in 0..<50 { await Task.yield() }
            }
            locks.unlock([key("e/a")])
            try await group.waitForAll()
        }
        #expect(Set(order.value).count == 3)
    }

    @Test func `too many waiters are refused instead of kept`() async throws {
        let locks = PathLocks(maximumWaiters: 0)
        try await locks.lock([key("e")])
        await #expect(throws: StoreError.self) { try await locks.lock([key("e/a")]) }
        locks.unlock([key("e")])
        await #expect(throws: Never.self) { try await locks.lock([key("e/a")]) }
    }
}

/// A value that several tasks change.
private final class Shared<Value: Sendable>: Sendable {
    private let state: Mutex<Value>

    init(_ value: Value) { state = Mutex(value) }

    var value: Value { state.withLock { $0 } }

    func change<Result: Sendable>(_ body: (inout Value) -> Result) -> Result {
        state.withLock { value in
            var copy = value
            defer { value = copy }
            return body(&copy)
        }
    }
}
