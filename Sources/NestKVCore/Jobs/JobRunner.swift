import Logging
import MicroJSON
import NestKVStorage
import Synchronization

/// Carries out jobs. Their states are leaves below one path. A process that works on a job holds a lease in the job's
/// leaf and extends it with each batch. If the process ends, another one takes the job over at its cursor.
public final class JobRunner: Sendable {
    /// The most jobs that run at once on a store.
    public static let mostRunning = 4
    /// The most finished jobs that are kept.
    public static let mostKept = 100

    let store: any Store
    let compute: ComputePool
    let tally = JobTally()
    let logger: Logger
    private let root: Key
    private let kinds: [any JobKind]
    private let keys: any KeyService
    private let lease: Duration
    /// Names this process.
    private let owner = String(UInt64.random(in: 1...UInt64.max), radix: 16)
    private let bell = RevisionSignal(revision: 0)

    /// A runner; ``run()`` starts it.
    ///
    /// - Parameters:
    ///   - root: the path below which the states of jobs are.
    ///   - lease: how long a job of a process that ended waits for another one.
    public init(
        at root: Key, _ kinds: [any JobKind], in store: any Store, keys: any KeyService, compute: ComputePool,
        lease: Duration = .seconds(30), logger: Logger
    ) {
        (self.root, self.kinds, self.store, self.keys) = (root, kinds, store, keys)
        (self.compute, self.lease, self.logger) = (compute, lease, logger)
    }

    /// The leaves of jobs in this process so far, by what became of them.
    public var leaves: [(outcome: String, count: Int)] { tally.all }

    /// Works on jobs until the task is cancelled.
    public func run() async {
        await withDiscardingTaskGroup { group in
            var hasFailed = false
            while !Task.isCancelled {
                let rings = bell.revision
                do throws(StoreError) {
                    for job in try await jobs() where isFree(job) {
                        guard let taken = try await take(job) else { continue }
                        group.addTask { await self.carryOut(taken) }
                    }
                    hasFailed = false
                } catch {
                    if !hasFailed { logger.error("can't read the jobs of the store: \(error.message)") }
                    hasFailed = true
                }
                await wait(after: rings)
            }
        }
    }

    /// Waits until a job is started here, or it is time to look for jobs of processes that ended.
    private func wait(after rings: Revision) async {
        let bell = bell
        let pause = min(lease / 3, .seconds(5))
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await bell.wait(after: rings) }
            group.addTask { try? await Task.sleep(for: pause) }
            await group.next()
            group.cancelAll()
        }
    }

    /// Whether nothing works on a job.
    private func isFree(_ job: Job) -> Bool {
        guard job.state == .running, job.owner != owner else { return false }
        // If only one process can use the store, the others have ended.
        return job.owner.isEmpty || job.leasedUntil < .now || !store.capabilities.isShared
    }

    /// Makes a job one of this process; nil if another one was faster.
    private func take(_ job: Job) async throws(StoreError) -> Job? {
        var taken = job
        taken.owner = owner
        do throws(StoreError) {
            return try await save(taken)
        } catch {
            guard error.code == .preconditionFailed else { throw error }
            return nil
        }
    }

    /// Stores the state of a job and extends the lease.
    func save(_ job: Job) async throws(StoreError) -> Job {
        let stamped = stamped(job)
        return stored(stamped, try await store.write([write(of: stamped)], if: [])[0])
    }

    /// The job with the time and a new lease.
    func stamped(_ job: Job) -> Job {
        var job = job
        job.updatedAt = .now
        let isOver = job.state != .running || job.owner.isEmpty
        job.leasedUntil = isOver ? job.updatedAt : job.updatedAt + lease
        if job.state != .running { job.owner = "" }
        return job
    }

    /// The write of a job's state.
    func write(of job: Job) -> WriteRequest { job.write(at: root.appending(Array(job.id.utf8))) }

    /// The job after its state was written.
    func stored(_ job: Job, _ result: WriteResult) -> Job {
        var job = job
        job.version = result.node.version ?? 0
        return job
    }

    /// The work of a job from its cursor on.
    func work(of job: Job) async throws(StoreError) -> any JobWork {
        guard let kind = kinds.first(where: { $0.name == job.kind }) else {
            throw StoreError(.unsupported, "This version of the service has no jobs of the kind '\(job.kind)'.")
        }
        // From the beginning if the cursor is no longer permitted; what is changed already stays as it is.
        let cursor = job.cursor.flatMap { try? keys.key(path: Array($0.utf8)[...]) }
        return try await kind.work(job.parameters, after: cursor)
    }
}

/// What clients ask for.
extension JobRunner {
    /// All jobs, the oldest first.
    public func jobs() async throws(StoreError) -> [Job] {
        var jobs: [Job] = []
        var walk = LeafWalk(store, root, expected: Self.mostKept)
        while let record = try await walk.next() { if let job = Job(record) { jobs.append(job) } }
        return jobs
    }

    /// A job; nil if there is no such one.
    public func job(_ id: String) async throws(StoreError) -> Job? {
        try await store.get(root.appending(Array(id.utf8)), .leaf).soleLeaf.flatMap(Job.init)
    }

    /// Starts a job.
    ///
    /// - Throws: ``StoreError`` `.busy` if too many jobs are running.
    public func start(_ kind: String, _ parameters: JSONText, rate: Int) async throws(StoreError) -> Job {
        let jobs = try await jobs()
        guard jobs.count(where: { $0.state == .running }) < Self.mostRunning else {
            throw StoreError(
                .busy, "\(Self.mostRunning) jobs are already running; wait for the end of one or stop it.",
                limit: Self.mostRunning)
        }
        for old in jobs.filter({ $0.state != .running }).dropLast(Self.mostKept) { try await forget(old) }
        let id = String(decoding: keys.childName(), as: UTF8.self)
        let job = try await save(Job(id: id, kind: kind, parameters: parameters, rate: rate))
        bell.advance(by: 1)
        return job
    }

    /// Stops a running job, or forgets a finished one.
    ///
    /// - Returns: false if there is no such job.
    public func stop(_ id: String) async throws(StoreError) -> Bool {
        while var job = try await job(id) {
            do throws(StoreError) {
                if job.state == .running {
                    job.state = .stopped
                    _ = try await save(job)
                } else {
                    try await forget(job)
                }
                return true
            } catch {
                // It made progress meanwhile.
                guard error.code == .preconditionFailed else { throw error }
            }
        }
        return false
    }

    private func forget(_ job: Job) async throws(StoreError) {
        var options = WriteOptions(view: .leaf)
        options.precondition.ifVersion = job.version
        do throws(StoreError) {
            _ = try await store.write(Delete(), at: root.appending(Array(job.id.utf8)), options)
        } catch {
            // Another request was faster.
            guard error.code == .notFound else { throw error }
        }
    }
}

/// Counts the leaves of jobs.
final class JobTally: Sendable {
    private let changed = Atomic(0), unchanged = Atomic(0), failed = Atomic(0)

    /// Counts the leaves of a batch. Those that a job only tries are not counted.
    func count(_ batch: JobBatch) {
        unchanged.wrappingAdd(batch.unchanged, ordering: .relaxed)
        for item in batch.items {
            switch item.outcome {
            case .write: changed.wrappingAdd(1, ordering: .relaxed)
            case .change: break
            case .unchanged: unchanged.wrappingAdd(1, ordering: .relaxed)
            case .failed: failed.wrappingAdd(1, ordering: .relaxed)
            }
        }
    }

    var all: [(outcome: String, count: Int)] {
        [
            ("changed", changed.load(ordering: .relaxed)), ("unchanged", unchanged.load(ordering: .relaxed)),
            ("failed", failed.load(ordering: .relaxed)),
        ]
    }
}
