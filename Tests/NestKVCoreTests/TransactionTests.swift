import Logging
import MemoryDriver
import MicroJSON
import TestSupport
import Testing

@testable import NestKVCore
@testable import NestKVStorage

/// Several writes in one commit: each sees the effects of those before it, and all or none are made.
@Suite(.timeLimit(.minutes(2)))
struct TransactionTests {
    /// Random writes as one transaction, and the same ones one after the other on a twin.
    @Test(arguments: 0..<20)
    func `a transaction has the same result as its writes one by one, or no effect`(_ seed: Int) async throws {
        var random = SeededGenerator(seed: UInt64(seed))
        var outcomes = (done: 0, failed: 0)
        for round in 0..<150 {
            let one = try await Self.store()
            let twin = try await Self.store()
            for _ in 0..<random.below(6) {
                let request = random.request()
                for store in [one, twin] { _ = try? await store.write([request], if: []) }
            }
            #expect(try await one.leaves() == twin.leaves())
            let before = try await one.leaves()
            let requests = (0...random.below(8)).map { _ in random.request() }
            let context = "seed \(seed), round \(round): \(before) then \(requests.map(\.text))"

            let (expected, failure) = await Self.oneByOne(requests, on: twin)
            do {
                let results = try await one.write(requests, if: [])
                outcomes.done += 1
                try #require(failure == nil, "it is done, but write \(expected.count) fails alone: \(context)")
                #expect(try await one.leaves() == twin.leaves(), "\(context)")
                #expect(results.map(\.answer) == expected.map(\.answer), "\(context)")
                #expect(results.map(\.isCreation) == expected.map(\.isCreation), "\(context)")
                for result in results {
                    let view: View = result.node.isLeafOnly ? .leaf : .tree
                    let now = try await one.get(result.key, view)
                    #expect(result.node.exists == now.exists, "\(context)")
                    guard now.exists else { continue }
                    #expect(result.node.composed() == now.composed(), "\(context)")
                    #expect(result.node.etag == now.etag && result.node.version == now.version, "\(context)")
                }
            } catch let error as StoreError {
                outcomes.failed += 1
                #expect(error.writeIndex == expected.count && error.code == failure, "\(error.message): \(context)")
                #expect(try await one.leaves() == before, "a part of it is done: \(context)")
            }
        }
        #expect(outcomes.done > 20 && outcomes.failed > 20, "\(outcomes)")
    }

    private static func oneByOne(
        _ requests: [WriteRequest], on store: KeyValueStore
    ) async -> (results: [WriteResult], failure: StoreError.Code?) {
        var results: [WriteResult] = []
        for request in requests {
            do throws(StoreError) {
                results += try await store.write([request], if: [])
            } catch {
                return (results, error.code)
            }
        }
        return (results, nil)
    }

    @Test func `a leaf that several writes of a transaction change gets one version and one change in the feed`()
        async throws
    {
        let store = try await Self.store()
        let path = key("e/a")
        _ = try await store.write(Put(text("1")), at: path)
        let results = try await store.write(
            [
                WriteRequest(Put(text("2")), at: path), WriteRequest(Delete(), at: path),
                WriteRequest(Increment(by: text("5")), at: path),
                WriteRequest(Put(text("0")), at: key("e/b")), WriteRequest(Delete(), at: key("e/b")),
            ], if: [])
        #expect(results.map { $0.node.version } == [2, 2, 2, nil, nil])
        #expect(results[2].answer == text("5"))
        let page = try await store.changes(in: .store, after: 0, limit: 10)
        #expect(page.changes.map { $0.record.value.description } == ["1", "5"])
    }

    @Test func `conditions are checked against the state before, and the failed one is reported`() async throws {
        let store = try await Self.store()
        _ = try await store.write(Put(text("1")), at: key("e/a"))
        func condition(_ path: String, _ version: UInt64) -> Condition {
            var precondition = Precondition()
            precondition.ifVersion = version
            return Condition(key(path), precondition)
        }
        let write = [WriteRequest(Put(text("2")), at: key("e/a"))]
        _ = try await store.write(write, if: [condition("e/a", 1), condition("e/b", 0)])
        let error = await #expect(throws: StoreError.self) {
            try await store.write(write, if: [condition("e/b", 0), condition("e/a", 1)])
        }
        #expect(error?.code == .preconditionFailed && error?.conditionIndex == 1 && error?.writeIndex == nil)
        #expect(try await store.get(key("e/a"), .tree).composed() == text("2"))
    }

    @Test func `writers of several paths and of their ancestors all get their turn`() async throws {
        let store = try await Self.store()
        let one = text("1")
        try await withThrowingTaskGroup(of: Void.self) { group in
            for worker in 0..<8 {
                group.addTask {
                    for round in 0..<200 {
                        let paths = worker % 4 == 0 ? ["e"] : ["e/a\(round % 3)/n", "e/b\(worker)", "f/\(worker)"]
                        let requests = paths.map {
                            $0 == "e"
                                ? WriteRequest(PatchByMerge(json(#"{"w\#(worker)":1}"#)), at: key($0))
                                : WriteRequest(Increment(by: one), at: key($0))
                        }
                        _ = try await store.write(requests, if: [])
                    }
                }
            }
            try await group.waitForAll()
        }
        var sum = 0
        for (path, value) in try await store.leaves() where path.hasPrefix("/e/a") { sum += Int(value) ?? 0 }
        #expect(sum == 6 * 200)
    }

    static func store() async throws -> KeyValueStore {
        let options = DriverOptions(logger: Logger(label: "test"))
        let driver = try await DriverFactory.memory.open(try StoreURL("memory:"), options)
        return KeyValueStore(
            driver: driver, keys: PathKeyService(), metadata: StandardMetadata(hashing: CanonicalHashing()),
            locks: PathLocks(), rules: [])
    }
}

extension Store {
    /// Every leaf's path with its value, tags, and whether it expires.
    fileprivate func leaves() async throws -> [String: String] {
        let records = try await scan(.root, after: nil, limit: 10_000).records
        return Dictionary(
            uniqueKeysWithValues: records.map { record in
                let tags = record.attribution.tags.map { " #" + $0 }.joined()
                return (record.key.description, "\(record.value)\(tags)\(record.expiresAt == nil ? "" : " expires")")
            })
    }
}

extension WriteRequest {
    /// For messages.
    fileprivate var text: String {
        "\(operation) at \(key) \(options.view) \(options.precondition.isEmpty ? "" : "\(options.precondition)")"
    }
}

extension SeededGenerator {
    fileprivate mutating func request() -> WriteRequest {
        var options = WriteOptions()
        let operation = operation()
        if operation is Append {} else if below(5) == 0 { options.view = .leaf }
        switch below(12) {
        case 0: options.precondition.ifNoneMatch = .any
        case 1: options.precondition.ifMatch = .any
        case 2: options.precondition.ifVersion = 0
        default: break
        }
        if operation is Expire {
            options.lifetime = .seconds(3600)
        } else if below(6) == 0 {
            options.lifetime = .seconds(3600)
        }
        if below(4) == 0 {
            options.hasTags = true
            options.attribution.tags = ["t\(below(3))"]
        }
        return WriteRequest(operation, at: path(), options)
    }

    private mutating func operation() -> any WriteOperation {
        switch below(11) {
        case 0, 1: Put(value().text)
        case 2: PutFlattened(value().text, depth: 1 + below(3))
        case 3, 4: PatchByMerge(value())
        case 5: PatchByOperations(patch())
        case 6: Delete()
        case 7: Increment(by: .integer(1 + below(9)))
        case 8: Swap(value().text)
        case 9: CompareAndSwap(expected: value(), value().text)
        default: below(2) == 0 ? Expire() : Persist()
        }
    }

    private mutating func patch() -> JSONPatch {
        let name = name()
        let document =
            switch below(3) {
            case 0: #"[{"op":"add","path":"/\#(name)","value":7}]"#
            case 1: #"[{"op":"remove","path":"/\#(name)"}]"#
            default: #"[{"op":"copy","from":"/\#(name)","path":"/\#(self.name())"}]"#
            }
        do throws(JSONPatchError) {
            return try JSONPatch(json(document))
        } catch {
            preconditionFailure("a test's own patch is wrong: \(error)")
        }
    }

    private mutating func name() -> String { pick(["a", "b", "0", "1"]) }

    private mutating func path() -> Key {
        key((["e"] + (0..<below(4)).map { _ in name() }).joined(separator: "/"))
    }

    private mutating func value(depth: Int = 0) -> JSONValue {
        switch below(depth > 2 ? 3 : 7) {
        case 0, 1: .integer(below(3))
        case 2: .scalar(.null)
        case 3: .array(JSONArray((0..<below(3)).map { _ in value(depth: depth + 1) }))
        default:
            json(
                "{"
                    + Set((0..<below(4)).map { _ in name() }).sorted().map {
                        "\"\($0)\":\(value(depth: depth + 1).text)"
                    }.joined(separator: ",") + "}")
        }
    }
}
