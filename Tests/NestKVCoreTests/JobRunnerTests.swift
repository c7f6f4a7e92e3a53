import Logging
import MemoryDriver
import MicroJSON
import NestKVStorage
import Synchronization
import TestSupport
import Testing

@testable import NestKVCore

/// Jobs of a kind that knows nothing of schemas: it counts leaves up by one.
@Suite(.timeLimit(.minutes(1)))
struct JobRunnerTests {
    private let root = key("_nestkv/jobs")

    /// Adds one to each leaf that is an odd number. A negative one fails.
    private struct Counting: JobKind {
        let store: any Store
        let name = "count"

        func work(_ parameters: JSONText, after cursor: Key?) async throws(StoreError) -> any JobWork {
            guard parameters.kind == .object else { throw StoreError(.notApplicable, "no object") }
            return Work(store: store, walk: StoreWalk(store, after: cursor))
        }

        struct Work: JobWork {
            let store: any Store
            var walk: StoreWalk

            mutating func next() async throws(StoreError) -> JobItem? { try await walk.next().map(Self.item) }

            func again(_ key: Key) async throws(StoreError) -> JobItem {
                try await store.get(key, .leaf).soleLeaf.map(Self.item) ?? JobItem(key, .unchanged)
            }

            static func item(of leaf: Record) -> JobItem {
                guard let number: Int = leaf.value.integer(), number % 2 != 0 else {
                    return JobItem(leaf.key, .unchanged)
                }
                guard number > 0 else { return JobItem(leaf.key, .failed("\(number) is negative")) }
                var options = WriteOptions(view: .leaf)
                options.precondition.ifVersion = leaf.version
                return JobItem(leaf.key, .write(WriteRequest(Put(.integer(number + 1)), at: leaf.key, options)))
            }
        }
    }

    private func runner(_ store: any Store) -> JobRunner {
        JobRunner(
            at: root, [Counting(store: store)], in: store, keys: PathKeyService(), compute: ComputePool(),
            logger: Logger(label: "test"))
    }

    private func fill(_ store: any Store, _ count: Int) async throws {
        for number in 0..<count {
            _ = try await store.write(Put(.integer(number)), at: key("e\(number % 3)/\(number)"))
        }
    }

    /// Runs until a job ends.
    private func finish(_ runner: JobRunner, _ id: String) async throws -> Job {
        let task = Task { await runner.run() }
        try await eventually("the job ends") { try await runner.job(id)?.state != .running }
        task.cancel()
        await task.value
        return try #require(try await runner.job(id))
    }

    @Test func `a job visits each leaf of all entry points once`() async throws {
        let store = try await TransactionTests.store()
        try await fill(store, 1000)
        for name in ["x", "y"] { _ = try await store.write(Put(.integer(-1)), at: key("f/\(name)")) }
        let runner = runner(store)
        let job = try await finish(runner, try await runner.start("count", .emptyObject, rate: 0).id)
        #expect(job.state == .done && job.examined == 1002 && job.changed == 500)
        #expect(job.unchanged == 500 && job.failed == 2 && job.cursor == "/f/y")
        #expect(job.failures.map(\.path) == ["/f/x", "/f/y"] && job.failures[0].detail == "-1 is negative")
        #expect(
            try await store.get(key("e1/7"), .leaf).soleLeaf.map { $0.value.description + "@\($0.version)" } == "8@2")
        #expect(runner.leaves.map(\.count) == [500, 500, 2])
    }

    @Test func `a job that is taken over begins at its cursor`() async throws {
        let store = try await TransactionTests.store()
        try await fill(store, 900)
        let first = runner(store)
        let id = try await first.start("count", .emptyObject, rate: 200).id
        let task = Task { await first.run() }
        try await eventually("the job has begun") { try await first.job(id)?.changed ?? 0 > 0 }
        task.cancel()
        await task.value
        let left = try #require(try await first.job(id))
        #expect(left.state == .running && left.owner.isEmpty && left.changed < 450)
        let job = try await finish(runner(store), id)
        #expect(job.state == .done && job.examined == 900 && job.changed == 450)
    }

    @Test func `a job is stopped, and is forgotten when it is over`() async throws {
        let store = try await TransactionTests.store()
        let runner = runner(store)
        let id = try await runner.start("count", .emptyObject, rate: 1).id
        #expect(try await runner.stop(id))
        #expect(try await runner.job(id)?.state == .stopped)
        #expect(try await runner.stop(id))
        #expect(try await runner.job(id) == nil)
        #expect(try await !runner.stop(id))
    }

    @Test func `four jobs run at once, and the newest hundred that are over are kept`() async throws {
        let store = try await TransactionTests.store()
        let runner = runner(store)
        var ids: [String] = []
        for _ in 0..<4 { ids.append(try await runner.start("count", .emptyObject, rate: 0).id) }
        let refusal = await #expect(throws: StoreError.self) { try await runner.start("count", .emptyObject, rate: 0) }
        #expect(refusal?.code == .busy)
        for _ in 0..<110 {
            _ = try await runner.stop(ids.removeFirst())
            ids.append(try await runner.start("count", .emptyObject, rate: 0).id)
        }
        let jobs = try await runner.jobs()
        #expect(jobs.count(where: { $0.state == .stopped }) == 100 && jobs.suffix(4).map(\.id) == ids)
    }

    @Test func `a job that can't be done says why`() async throws {
        let store = try await TransactionTests.store()
        let runner = runner(store)
        let unknown = try await finish(runner, try await runner.start("dance", .emptyObject, rate: 0).id)
        #expect(unknown.state == .failed && unknown.detail?.contains("'dance'") == true)
        let refused = try await finish(runner, try await runner.start("count", .null, rate: 0).id)
        #expect(refused.state == .failed && refused.detail == "no object")
    }

    @Test func `a job keeps its rate`() async throws {
        let store = try await TransactionTests.store()
        try await fill(store, 300)
        let runner = runner(store)
        let start = ContinuousClock.now
        let job = try await finish(runner, try await runner.start("count", .emptyObject, rate: 100).id)
        #expect(job.changed == 150 && ContinuousClock.now - start > .milliseconds(900))
    }

    @Test func `a leaf that changes meanwhile is looked at again`() async throws {
        let store = Meddling(base: try await TransactionTests.store())
        try await fill(store.base, 200)
        let runner = runner(store)
        let job = try await finish(runner, try await runner.start("count", .emptyObject, rate: 0).id)
        // One was made even, the other one got another odd number.
        #expect(job.state == .done && job.changed == 99 && job.unchanged == 101)
        #expect(try await store.get(key("e1/1"), .leaf).soleLeaf?.value == .integer(1000))
        #expect(try await store.get(key("e1/7"), .leaf).soleLeaf?.value == .integer(1002))
    }

    /// Writes to two leaves just before the job does.
    private final class Meddling: StoreDecorator {
        let base: any Store
        private let isDone = Atomic<Bool>(false)

        init(base: any Store) { self.base = base }

        func write(
            _ requests: [WriteRequest], if conditions: [Condition]
        ) async throws(StoreError) -> [WriteResult] {
            if requests.count > 2, !isDone.exchange(true, ordering: .relaxed) {
                _ = try await base.write(Put(.integer(1000)), at: key("e1/1"))
                _ = try await base.write(Put(.integer(1001)), at: key("e1/7"))
            }
            return try await base.write(requests, if: conditions)
        }
    }

    @Test func `the state of a job is read as it was written`() async throws {
        let store = try await TransactionTests.store()
        var job = Job(id: "j", kind: "count", parameters: JSONText(trusted: Array(#"{"a":1}"#.utf8)), rate: 7)
        let failed = (0..<120).map { JobItem(key("e/\($0) é"), .failed(String(repeating: "é", count: 400))) }
        var batch = JobBatch.none
        (batch.items, batch.cursor) = (failed, key("e/a b"))
        job = job.advanced(by: batch)
        job.perSecond = 12
        job.owner = "me"
        _ = try await store.write([job.write(at: key("_nestkv/jobs/j"))], if: [])
        let record = try #require(try await store.get(key("_nestkv/jobs/j"), .leaf).soleLeaf)
        let read = try #require(Job(record))
        #expect(read.failed == 120 && read.failures.count == 100 && read.failures[0].path == "/e/0%20%C3%A9")
        #expect(read.failures[0].detail.hasPrefix("éé") && !read.failures[0].detail.contains("\u{FFFD}"))
        #expect(read.cursor == "/e/a%20b" && read.owner == "me" && read.perSecond == 12 && read.rate == 7)
        #expect(read.version == 1 && read.parameters == job.parameters && read.startedAt == job.startedAt)
    }
}

extension JSONText {
    fileprivate static let emptyObject = JSONText(trusted: Array("{}".utf8))
}
