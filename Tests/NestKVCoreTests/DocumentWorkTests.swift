import Logging
import MemoryDriver
import MicroJSON
@testable import NestKVCore
import Synchronization
import TestSupport
import Testing
@testable import NestKVStorage

/// A transaction of 1,000 `PUT`s to parts of one document of 1 MB, a request of 60 KB, computed for a minute, because
/// the document was parsed, rendered and hashed for each of them. It must cost about one parse and one rewrite. So must
/// a batch: on RocksDB, it took three minutes and wrote 1 GB.
@Suite(.timeLimit(.minutes(2)))
struct DocumentWorkTests {
    @Test(arguments: ["put", "increment", "merge", "patch", "delete", "swap", "compare"], ["transaction", "batch"])
    func `many writes to one document cost about one rewrite`(_ kind: String, _ request: String) async throws {
        let hashing = CountingHashing()
        let store = try await Self.store(hashing)
        let document = Self.largeDocument
        _ = try await store.write(Put(document.text), at: key("e/a"))
        let size = hashing.bytes
        let requests = (0..<500).map { Self.request(kind, $0) }
        if request == "batch" {
            for outcome in await store.writeEach(requests) { _ = try outcome.get() }
        } else {
            _ = try await store.write(requests, if: [])
        }
        #expect(hashing.bytes - size < 2 * size, "500 writes hashed \((hashing.bytes - size) / size) documents")
        let value = JSONValue(try await store.get(key("e/a"), .tree).composed())
        #expect(value == Self.expected(kind, document))
    }

    @Test(arguments: ["put", "increment", "delete"])
    func `many writes to a document below another one cost about one rewrite`(_ kind: String) async throws {
        let hashing = CountingHashing()
        let store = try await Self.store(hashing)
        let leaf = WriteOptions(view: .leaf)
        _ = try await store.write(Put(text(#"{"a":{"in":{"other":1}},"z":0}"#)), at: key("e"), leaf)
        _ = try await store.write(Put(Self.largeDocument.text), at: key("e/a"), leaf)
        let size = hashing.bytes
        _ = try await store.write((0..<500).map { Self.request(kind, $0) }, if: [])
        #expect(hashing.bytes - size < 2 * size, "500 writes hashed \((hashing.bytes - size) / size) documents")
        var expected = Self.expected(kind, Self.largeDocument)
        try expected.set(.integer(1), at: ["in", "other"].map { Array($0.utf8) })
        #expect(JSONValue(try await store.get(key("e/a"), .tree).composed()) == expected)
    }

    @Test func `a batch has the results of its writes one by one`() async throws {
        let together = try await Self.store(CountingHashing()), apart = try await Self.store(CountingHashing())
        let create = WriteRequest(Put(Self.largeDocument.text), at: key("e/a"))
        var requests: [WriteRequest] = []
        for index in 0..<40 {
            requests.append(Self.request(["put", "increment", "merge", "patch", "delete"][index % 5], index))
            // Fails: the value isn't there any more, or isn't the expected one.
            requests.append(Self.request(["delete", "compare"][index % 2], index - index % 5 + 4))
            requests.append(WriteRequest(Increment(by: .integer(1)), at: key("e/other")))
        }
        requests.insert(WriteRequest(Delete(), at: key("e")), at: 61)
        requests.insert(create, at: 62)
        var one = await together.writeEach([create] + requests), other: [WriteOutcome] = []
        for request in [create] + requests {
            do throws(StoreError) {
                other.append(.success(try await apart.write([request], if: [])[0]))
            } catch {
                other.append(.failure(error))
            }
        }
        #expect(one.map(Self.summary) == other.map(Self.summary))
        #expect(one.contains { if case .failure = $0 { true } else { false } })
        one = await together.writeEach([WriteRequest(Delete(), at: key("e/none"))])
        #expect(Self.summary(one[0]) == "notFound")
        let leaves = try await together.scan(.root, after: nil, limit: 100).records.map { "\($0.key) \($0.value)" }
        #expect(try await leaves == apart.scan(.root, after: nil, limit: 100).records.map { "\($0.key) \($0.value)" })
    }

    @Test func `each write of a batch to a small leaf makes a version`() async throws {
        let store = try await Self.store(CountingHashing())
        let writes = (0..<100).map { WriteRequest(Put(.integer($0)), at: key("e/a")) }
        let outcomes = await store.writeEach(writes + [WriteRequest(Increment(by: .integer(1)), at: key("e/a"))])
        #expect(try outcomes.map { try $0.get().node.version } == (1...101).map { UInt64($0) })
    }

    /// The outcome without versions, revisions and entity tags, which depend on the number of commits.
    private static func summary(_ outcome: WriteOutcome) -> String {
        switch outcome {
        case .success(let result): "\(result.key) \(result.isCreation) \(result.answer?.description ?? "nil")"
        case .failure(let error): error.code.rawValue
        }
    }

    /// A document of more than 64 KiB.
    private static let largeDocument: JSONValue = {
        let members = (0..<2000).map { "\"m\($0)\":\($0)" }.joined(separator: ",")
        return json("{\"in\":{\(members)},\"filler\":\"\(String(repeating: "x", count: 100_000))\"}")
    }()

    @Test func `many merge patches of one subtree have the same result as one by one`() async throws {
        let together = try await Self.store(CountingHashing()), apart = try await Self.store(CountingHashing())
        let members = (0..<300).map { "\"m\($0)\":{\"n\":\($0),\"o\":{\"p\":[\($0)]}}" }.joined(separator: ",")
        let tree = WriteRequest(PutFlattened(json("{\(members)}").text, depth: 3), at: key("e/t"))
        let patches = [
            #"{"m1":{"n":5}}"#, #"{"m2":null,"new":{"x":null,"y":1}}"#, #"{"m3":{"n":null,"o":null}}"#, #"{"m4":7}"#,
            #"{"m5":{"o":{"p":null}}}"#, #"{"m6":{},"m7":{"o":{}}}"#, #"{"m1":{"n":null,"o":{"p":null}}}"#,
            #"{"a\u0000b":1}"#, #"{"m4":{"n":1}}"#, #"{}"#,
        ].map { WriteRequest(PatchByMerge(json($0)), at: key("e/t")) }
        _ = try await together.write([tree], if: [])
        _ = try await together.write(patches, if: [])
        for request in [tree] + patches { _ = try await apart.write([request], if: []) }
        let one = try await together.scan(.root, after: nil, limit: 10_000).records.map { "\($0.key) \($0.value)" }
        let other = try await apart.scan(.root, after: nil, limit: 10_000).records.map { "\($0.key) \($0.value)" }
        #expect(one == other)
        let whole = try await apart.get(key("e/t"), .tree).composed()
        var expected = json("{\(members)}")
        for patch in patches { if let merge = patch.operation as? PatchByMerge { expected.mergePatch(merge.patch) } }
        #expect(JSONValue(whole) == expected)
    }

    private static func request(_ kind: String, _ index: Int) -> WriteRequest {
        let part = key("e/a/in/m\(index)")
        return switch kind {
        case "put": WriteRequest(Put(.integer(7)), at: part)
        case "increment": WriteRequest(Increment(by: .integer(1)), at: part)
        case "merge": WriteRequest(PatchByMerge(json("{\"in\":{\"m\(index)\":7}}")), at: key("e/a"))
        case "patch": WriteRequest(PatchByOperations(patch(index)), at: key("e/a/in"))
        case "delete": WriteRequest(Delete(), at: part)
        case "swap": WriteRequest(Swap(.integer(7)), at: part)
        default: WriteRequest(CompareAndSwap(expected: .integer(index), .integer(7)), at: part)
        }
    }

    private static func patch(_ index: Int) -> JSONPatch {
        do throws(JSONPatchError) {
            return try JSONPatch(json(#"[{"op":"replace","path":"/m\#(index)","value":7}]"#))
        } catch {
            preconditionFailure("a test's own patch is wrong: \(error)")
        }
    }

    private static func expected(_ kind: String, _ document: JSONValue) -> JSONValue {
        var document = document
        for index in 0..<500 {
            let path = ["in", "m\(index)"].map { Array($0.utf8) }
            switch kind {
            case "delete": _ = try? document.remove(at: path)
            case "increment": try? document.set(.integer(index + 1), at: path)
            default: try? document.set(.integer(7), at: path)
            }
        }
        return document
    }

    private static func store(_ hashing: CountingHashing) async throws -> KeyValueStore {
        let driver = try await DriverFactory.memory.open(
            try StoreURL("memory:"), DriverOptions(logger: Logger(label: "test")))
        return KeyValueStore(
            driver: driver, keys: PathKeyService(), metadata: StandardMetadata(hashing: hashing), locks: PathLocks(),
            rules: [])
    }
}

/// Hashes, and counts the bytes that it hashed.
private final class CountingHashing: HashingService {
    private let count = Atomic(0)
    private let hashing = CanonicalHashing()

    var bytes: Int { count.load(ordering: .relaxed) }

    func hash(of value: JSONText) -> DataHash {
        count.add(value.utf8.count, ordering: .relaxed)
        return hashing.hash(of: value)
    }
}
