import Logging
import MemoryDriver
import MicroJSON
import Synchronization
import TestSupport
import Testing

@testable import NestKVCore
@testable import NestKVStorage

/// Rules see what a write makes of the leaves, also of a document that many writes of a commit change in place.
@Suite(.timeLimit(.minutes(1)))
struct WriteRuleTests {
    @Test func `a rule sees the leaves as they will be`() async throws {
        let rule = RecordingRule()
        let store = try await Self.store([rule])
        _ = try await store.write(PutFlattened(text(#"{"n":1,"o":{"p":2}}"#), depth: 1), at: key("e/a"))
        _ = try await store.write(Increment(by: .integer(4)), at: key("e/a/n"))
        _ = try await store.write(PatchByMerge(json(#"{"o":{"p":3}}"#)), at: key("e/a"))
        _ = try await store.write(Delete(), at: key("e/a"))
        #expect(
            rule.planned == [
                "put: /e/a/n 1, /e/a/o {\"p\":2}", "increment: /e/a/n 5", "patch: /e/a/o {\"p\":3}",
                "delete: /e/a/n nil, /e/a/o nil",
            ])
        #expect(rule.requested == ["put", "increment", "patch", "delete"])
    }

    @Test func `a rule sees each write of a transaction, and the final leaves once`() async throws {
        let rule = RecordingRule()
        let store = try await Self.store([rule])
        let requests = [
            WriteRequest(Put(text(#"{"n":1,"m":2}"#)), at: key("e/a")),
            WriteRequest(Increment(by: .integer(1)), at: key("e/a/n")), WriteRequest(Delete(), at: key("e/a/m")),
            WriteRequest(Put(text("7")), at: key("e/a/n")),
        ]
        _ = try await store.write(requests, if: [])
        #expect(
            rule.planned == [
                #"put: /e/a {"n":1,"m":2}"#, #"increment: /e/a {"n":2,"m":2}"#, #"delete: /e/a {"n":2}"#,
                #"put: /e/a {"n":7}"#,
            ])
        #expect(rule.committed == [#"/e/a {"n":7}"#])
    }

    @Test(arguments: ["part", "merge", "patch"])
    func `many writes to one document can't exceed the limit on its size`(_ kind: String) async throws {
        var limits = StoreLimits.standard
        limits.valueBytes = 10_000
        let store = try await Self.store([SizeRule(limits)], limits)
        _ = try await store.write(Put(text(#"{"a":{}}"#)), at: key("e/d"))
        let value = JSONText.string(String(repeating: "x", count: 1000))
        let requests = (0..<20).map { index in
            switch kind {
            case "part": WriteRequest(PatchByMerge(json("{\"m\(index)\":\(value)}")), at: key("e/d/a"))
            case "merge": WriteRequest(PatchByMerge(json("{\"a\":{\"m\(index)\":\(value)}}")), at: key("e/d"))
            default:
                WriteRequest(
                    Self.patch(#"[{"op":"add","path":"/m\#(index)","value":\#(value)}]"#), at: key("e/d/a"))
            }
        }
        // The tenth value makes 10,000 bytes and the names.
        await Self.expectFailure(at: 9, .valueTooLarge, limit: 10_000) { () async throws(StoreError) in
            _ = try await store.write(requests, if: [])
        }
        let outcomes = await store.writeEach(requests)
        #expect(outcomes.map { (try? $0.get()) != nil } == (0..<20).map { $0 < 9 })
    }

    @Test func `many writes to one document can't exceed the limit on its depth`() async throws {
        var limits = StoreLimits.standard
        limits.valueDepth = 10
        let store = try await Self.store([DepthRule(limits)], limits)
        let requests = (0..<12).map { index in
            let path = (["e", "d"] + Array(repeating: "a", count: index)).joined(separator: "/")
            return WriteRequest(Put(text(#"{"a":{}}"#)), at: key(path))
        }
        await Self.expectFailure(at: 9, .valueTooLarge, limit: 10) { () async throws(StoreError) in
            _ = try await store.write(requests, if: [])
        }
        _ = try await store.write(Array(requests.prefix(9)), if: [])
        let patch = Self.patch(#"[{"op":"add","path":"/a/a/a","value":[[[[[[[[[]]]]]]]]]}]"#)
        await Self.expectFailure(at: 0, .valueTooLarge, limit: 10) { () async throws(StoreError) in
            _ = try await store.write(patch, at: key("e/d"))
        }
    }

    private static func expectFailure(
        at index: Int, _ code: StoreError.Code, limit: Int, _ write: () async throws(StoreError) -> Void
    ) async {
        do throws(StoreError) {
            try await write()
            Issue.record("nothing is refused")
        } catch {
            #expect(error.writeIndex == index && error.code == code && error.limit == limit, "\(error)")
        }
    }

    private static func patch(_ document: String) -> PatchByOperations {
        do throws(StoreError) {
            return try PatchByOperations(document: json(document))
        } catch {
            preconditionFailure("a test's own patch is wrong: \(error)")
        }
    }

    private static func store(
        _ rules: [any WriteRule], _ limits: StoreLimits = .standard
    ) async throws -> KeyValueStore {
        let driver = try await DriverFactory.memory.open(
            try StoreURL("memory:"), DriverOptions(logger: Logger(label: "test")))
        return KeyValueStore(
            driver: driver, keys: PathKeyService(), metadata: StandardMetadata(hashing: CanonicalHashing()),
            locks: PathLocks(), rules: rules, limits: limits)
    }
}

/// Notes what it is asked.
private final class RecordingRule: RequestRule, PlanRule, CommitRule {
    private let notes = Mutex<(requested: [String], planned: [String], committed: [String])>(([], [], []))

    var requested: [String] { notes.withLock { $0.requested } }
    var planned: [String] { notes.withLock { $0.planned } }
    var committed: [String] { notes.withLock { $0.committed } }

    func check(_ request: WriteRequest, _ settings: EntryPointSettings?, hasConditions: Bool) throws(StoreError) {
        notes.withLock { $0.requested.append(request.operation.name) }
    }

    func check(_ write: PlannedWrite) throws(StoreError) {
        let leaves = write.leaves.map { "\($0.key) \($0.value?.description ?? "nil")" }.joined(separator: ", ")
        notes.withLock { $0.planned.append("\(write.request.operation.name): \(leaves)") }
    }

    func check(_ changes: [Mutation]) throws(StoreError) {
        let leaves = changes.map { "\($0.draft.key) \($0.draft.value?.description ?? "nil")" }
        notes.withLock { $0.committed += leaves }
    }
}
