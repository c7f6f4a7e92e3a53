import MicroJSON
import TestSupport
import Testing

@testable import NestKVCore
@testable import NestKVStorage

/// Writes that are made without waiting, and those that are left to a write that waits.
@Suite(.timeLimit(.minutes(1)))
struct WritingAtOnceTests {
    @Test func `writes at once have the results of writes that wait`() async throws {
        let atOnce = try await TransactionTests.store()
        let waiting = try await TransactionTests.store()
        var random = SeededGenerator(seed: 7)
        var count = (atOnce: 0, refused: 0)
        for _ in 0..<3000 {
            let (request, conditions) = Self.request(&random)
            let expected = await outcome { try await waiting.write([request], if: conditions) }
            let found = await outcome {
                guard let results = try atOnce.writeAtOnce([request], if: conditions) else {
                    return try await atOnce.write([request], if: conditions)
                }
                count.atOnce += 1
                return results
            }
            #expect(found == expected)
            if expected.hasPrefix("refused") { count.refused += 1 }
        }
        #expect(count.atOnce > 1000)
        #expect(count.refused > 100)
        #expect(try await values(atOnce) == values(waiting))
    }

    @Test func `a write at once is left to one that waits while another writer is on its path`() async throws {
        let store = try await TransactionTests.store()
        let put = WriteRequest(Put(.integer(1)), at: key("e/a/b"))
        try await store.locks.lock([key("e/a")])
        #expect(try store.writeAtOnce([put], if: []) == nil)
        #expect(try await values(store).isEmpty)
        store.locks.unlock([key("e/a")])
        #expect(try store.writeAtOnce([put], if: [])?.count == 1)
        #expect(try await values(store) == ["/e/a/b": "1"])
    }

    @Test func `a store whose driver waits writes nothing at once`() async throws {
        let store = try await TransactionTests.store()
        let decorated = Undecided(base: store)
        #expect(!decorated.writesAtOnce)
        #expect(try decorated.writeAtOnce([WriteRequest(Put(.integer(1)), at: key("e/a"))], if: []) == nil)
        #expect(try await values(store).isEmpty)
    }

    private static func request(_ random: inout SeededGenerator) -> (WriteRequest, [Condition]) {
        let paths = ["e/a", "e/a/b", "e/a/b/c", "e/d", "f"].map(key)
        let operations: [any WriteOperation] = [
            Put(.integer(Int.random(in: 0..<10, using: &random))),
            Put(JSONText(trusted: Array(#"{"b":{"c":1},"d":[2]}"#.utf8))), Delete(),
            PatchByMerge(JSONValue(JSONText(trusted: Array(#"{"b":{"x":1},"d":null}"#.utf8)))),
            Increment(by: .integer(1)), Restore(version: UInt64.random(in: 1...4, using: &random)), Persist(),
        ]
        var options = WriteOptions()
        if random.pick([true, false, false]) { options.precondition.ifNoneMatch = .any }
        if random.pick([true, false, false, false]) { options.lifetime = .seconds(1000) }
        var isNew = Precondition()
        isNew.ifNoneMatch = .any
        let conditions = random.pick([[], [], [], [Condition(random.pick(paths), isNew)]])
        return (WriteRequest(random.pick(operations), at: random.pick(paths), options), conditions)
    }

    /// The results or the error, without times.
    private func outcome(_ body: () async throws -> [WriteResult]) async -> String {
        do {
            return try await body().map { result in
                "\(result.key) \(result.isCreation) \(result.setCount) \(result.deletedCount) \(result.revision) "
                    + "\(result.node.composed()) \(result.answer.map(String.init(describing:)) ?? "")"
            }.joined(separator: "; ")
        } catch let error as StoreError {
            return "refused: \(error.code) \(error.message) \(error.writeIndex ?? -1) \(error.conditionIndex ?? -1)"
        } catch {
            return "\(error)"
        }
    }

    private func values(_ store: any Store) async throws -> [String: String] {
        let records = try await store.scan(.root, after: nil, limit: 10_000).records
        return Dictionary(uniqueKeysWithValues: records.map { ($0.key.description, $0.value.description) })
    }
}

/// A decorator that says nothing about writes.
private struct Undecided: StoreDecorator {
    let base: any Store
}
