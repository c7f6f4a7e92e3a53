import MicroJSON
import NestKVStorage

/// How a process works on a job that it has taken.
extension JobRunner {
    /// The most leaves that are written at once.
    private static let batch = 100
    /// How often several leaves, and one leaf, are planned again because another writer was faster.
    private static let mostConflicts = (several: 4, one: 100)

    private typealias Plan = Result<(work: any JobWork, batch: JobBatch), StoreError>

    /// Works on a job until it ends, another process has it, or the task is cancelled.
    func carryOut(_ taken: Job) async {
        logger.info("job \(taken.id) of the kind \(taken.kind) goes on after \(taken.examined) leaves")
        var job = taken
        var backOff = BackOff()
        while true {
            do throws(StoreError) {
                try await advance(&job)
                return
            } catch {
                if backOff.isFirst, error.code != .preconditionFailed {
                    logger.warning("job \(job.id) can't go on at the moment: \(error.message)")
                }
                await backOff.wait()
            }
            guard !Task.isCancelled else { return }
            // What happened is in the stored state.
            do throws(StoreError) {
                guard let stored = try await self.job(job.id), stored.state == .running, stored.owner == job.owner
                else { return }
                if stored.version != job.version { backOff.reset() }
                job = stored
            } catch {
                continue
            }
        }
    }

    /// Works on a job until it ends or the task is cancelled.
    private func advance(_ job: inout Job) async throws(StoreError) {
        let limit = job.rate == 0 ? Self.batch : min(job.rate, Self.batch)
        var meter = JobMeter(job)
        var plan = await begin(job, limit)
        while !Task.isCancelled {
            let work: any JobWork
            let batch: JobBatch
            do throws(StoreError) {
                (work, batch) = try plan.get()
            } catch {
                guard !error.isPassing else { throw error }
                return try await end(&job, because: error)
            }
            // Without a limit of the rate, the next leaves are read while these are written.
            async let ahead = job.rate == 0 && !batch.isEnd ? planned(work, limit) : nil
            job.perSecond = meter.perSecond(job.examined + batch.items.count + batch.unchanged)
            let current = job
            job = try await compute.run { () async throws(StoreError) in try await commit(batch, current, work) }
            guard job.state == .running else {
                logger.info("job \(job.id) is \(job.state): \(job.changed) leaves changed, \(job.failed) failed")
                return
            }
            await meter.pause(for: batch.items.count)
            plan = if let made = await ahead { made } else { await planned(work, limit) }
        }
        // Another process goes on at once.
        job.owner = ""
        _ = try? await save(job)
    }

    /// The first leaves after a job's cursor.
    private func begin(_ job: Job, _ limit: Int) async -> Plan {
        do throws(StoreError) { return await planned(try await work(of: job), limit) } catch { return .failure(error) }
    }

    /// The next leaves, and the work after them.
    private func planned(_ work: any JobWork, _ limit: Int) async -> Plan {
        do throws(StoreError) {
            return .success(
                try await compute.run { () async throws(StoreError) in
                    var work = work
                    let batch = try await JobBatch(&work, limit: limit)
                    return (work, batch)
                })
        } catch {
            return .failure(error)
        }
    }

    private func end(_ job: inout Job, because error: StoreError) async throws(StoreError) {
        job.state = .failed
        job.detail = error.message
        job = try await save(job)
        logger.error("job \(job.id) can't go on: \(error.message)")
    }

    /// Commits the writes of a batch and the progress: together, if one commit can change leaves anywhere.
    private func commit(_ batch: JobBatch, _ job: Job, _ work: any JobWork) async throws(StoreError) -> Job {
        var batch = batch
        if store.capabilities.atomicity == .store, !batch.items.isEmpty {
            do throws(StoreError) {
                let shape = batch
                let (items, result) = try await settle(batch.items, work) { items in
                    var batch = shape
                    batch.items = items
                    return self.write(of: self.stamped(job.advanced(by: batch)))
                }
                batch.items = items
                if let result {
                    tally.count(batch)
                    return stored(stamped(job.advanced(by: batch)), result)
                }
            } catch {
                // Perhaps the leaves are too many or too large for one commit.
                guard error.isOfTheCommit else { throw error }
                batch.items = try await settleSingly(batch.items, work)
            }
        } else {
            var rest = batch.items[...]
            batch.items = []
            while let first = rest.first {
                let group = Array(rest.prefix { $0.key.entryPoint == first.key.entryPoint })
                rest = rest.dropFirst(group.count)
                do throws(StoreError) {
                    batch.items += try await settle(group, work, nil).items
                } catch {
                    guard error.isOfTheCommit else { throw error }
                    batch.items += try await settleSingly(group, work)
                }
            }
        }
        let saved = try await save(job.advanced(by: batch))
        tally.count(batch)
        return saved
    }

    private func settleSingly(_ items: [JobItem], _ work: any JobWork) async throws(StoreError) -> [JobItem] {
        var settled: [JobItem] = []
        for item in items { settled += try await settle([item], work, nil).items }
        return settled
    }

    /// Commits writes in one commit, without those that can't be done.
    ///
    /// - Parameter last: a further write, made of what becomes of the leaves.
    /// - Returns: what became of the leaves, and the result of the further write.
    private func settle(
        _ items: [JobItem], _ work: any JobWork, _ last: (([JobItem]) -> WriteRequest)?
    ) async throws(StoreError) -> (items: [JobItem], last: WriteResult?) {
        var items = items
        var conflicts = 0
        while true {
            let places = items.indices.filter { items[$0].request != nil }
            var requests = places.compactMap { items[$0].request }
            if let last { requests.append(last(items)) }
            guard !requests.isEmpty else { return (items, nil) }
            do throws(StoreError) {
                let results = try await store.write(requests, if: [])
                return (items, last == nil ? nil : results.last)
            } catch {
                let index = requests.count == 1 ? 0 : error.writeIndex
                guard let index, index < places.count, !error.isPassing else { throw error }
                let place = places[index]
                guard error.code == .preconditionFailed else {
                    items[place].outcome = .failed(error.message)
                    continue
                }
                conflicts += 1
                guard items.count == 1 || conflicts <= Self.mostConflicts.several else {
                    throw StoreError(.contention, "The leaves change as fast as they are written.")
                }
                if conflicts <= Self.mostConflicts.one {
                    items[place] = try await work.again(items[place].key)
                } else {
                    items[place].outcome = .failed("Others change the leaf as fast as it is written.")
                }
            }
        }
    }
}

/// How fast a job is, and how fast it may be.
private struct JobMeter {
    private let start = ContinuousClock.now
    private let examined: Int
    private let rate: Int
    /// When the next batch may begin.
    private var next = ContinuousClock.now

    init(_ job: Job) {
        (examined, rate) = (job.examined, job.rate)
    }

    /// The leaves that were visited in a second since the beginning.
    func perSecond(_ total: Int) -> Int {
        let seconds = (ContinuousClock.now - start) / .seconds(1)
        return Int(Double(total - examined) / max(seconds, 0.001))
    }

    /// Waits until the time of so many leaves is over.
    mutating func pause(for count: Int) async {
        guard rate > 0 else { return }
        // What was slow is not caught up.
        next = max(next, ContinuousClock.now - .seconds(1)) + .seconds(Double(count) / Double(rate))
        try? await Task.sleep(until: next, clock: .continuous)
    }
}

extension StoreError {
    /// Whether the same may succeed later: it is not because of the leaf or the job.
    fileprivate var isPassing: Bool {
        switch code {
        case .unavailable, .contention, .busy, .full, .unknownOutcome, .backupRunning, .corrupt: true
        default: false
        }
    }
}
