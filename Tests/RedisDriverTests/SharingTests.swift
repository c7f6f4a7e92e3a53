import DriverConformance
import NestKVStorage
import RedisDriver
import TestSupport
import Testing

/// Several processes on one store, here with a driver each.
@Suite("Two drivers on one store", .serialized, .timeLimit(.minutes(5)))
struct SharingTests {
    @Test func `count exactly: 12,800 increments, 32 tasks on each`() async throws {
        try await withDriver { server, first in
            let second = try await server.open()
            let key = Key(["c".utf8, "n".utf8])
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in 0..<64 {
                    let driver = index % 2 == 0 ? first : second
                    group.addTask { for _ in 0..<200 { try await Self.increment(key, driver) } }
                }
                try await group.waitForAll()
            }
            #expect(try await server.cli("GET", "c:n") == "12800")
            for driver in [first, second] {
                let leaf = try await driver.leaf("c", "n")
                #expect(leaf?.value.description == "12800" && leaf?.version == 12_800)
                let changes = try await driver.changes(in: .store, after: 0, limit: 100_000).changes
                #expect(changes.map(\.revision) == Array(1...12_800))
            }
            await second.shutdown()
        }
    }

    private static func increment(_ key: Key, _ driver: any Driver) async throws {
        while true {
            let node = try await driver.node(key, .leaf)
            let value = node.leaf.flatMap { Int($0.value.description) } ?? 0
            let change = Mutation.set(.test(key, "\(value + 1)"), replacing: node.leaf)
            do {
                _ = try await driver.commit(
                    Transaction(expectations: [], changes: [change], readAt: node.revision))
                return
            } catch {
                guard error.kind == .conflict else { throw error }
                try await Task.sleep(for: .microseconds(Int.random(in: 0...2000)))
            }
        }
    }

    @Test func `see each other's changes, in the same order, and are woken by them`() async throws {
        try await withDriver { server, first in
            let second = try await server.open()
            for number in 1...100 {
                let (writer, reader) = number % 2 == 0 ? (first, second) : (second, first)
                async let waiting: Void = reader.waitForChange(in: .store, after: Revision(number - 1))
                try await writer.put(["s", "k"], "\(number)")
                try await waiting
                #expect(try await reader.feed().last == "\(number) set /s/k \(number) v\(number)")
                // Read twice: the second read comes from the cache, unless the value was changed.
                for _ in 0..<2 { #expect(try await reader.leaf("s", "k")?.value.description == "\(number)") }
            }
            #expect(try await first.feed() == second.feed())
            await second.shutdown()
        }
    }
}
