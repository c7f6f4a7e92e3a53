import NestKVStorage
import Synchronization

/// Keeps the buckets up to date that tasks wait for.
final class BucketFollowers: Sendable {
    private struct State {
        /// When a task last waited for each followed bucket.
        var wantedAt: [ObjectIdentifier: ContinuousClock.Instant] = [:]
        var isClosed = false
    }

    /// How long a bucket is followed after the last task waited.
    private static let patience = Duration.seconds(10)

    private let table: BucketTable
    private let state = Mutex(State())

    /// Follows no bucket yet.
    init(table: BucketTable) {
        self.table = table
    }

    /// Returns when a bucket's revision is greater than `revision`, when the bucket is gone or was replaced, when the
    /// task is cancelled, or after ``close()``.
    func wait(_ entryPoint: [UInt8], after revision: Revision) async throws(DriverError) {
        var waitedFor: Bucket?
        while !Task.isCancelled, !state.withLock({ $0.isClosed }) {
            do throws(DriverError) {
                let arrivals = table.arrivals.revision
                let found = try await table.find(entryPoint)?.bucket
                if let waitedFor, found !== waitedFor { return }
                guard let bucket = found else {
                    // Another process may create the bucket.
                    await table.arrivals.wait(after: arrivals, atMost: .milliseconds(200))
                    continue
                }
                want(bucket)
                if try await !bucket.isUnchangedLately() { await table.check(bucket) }
                if bucket.revision <= revision { try await bucket.catchUp() }
                if bucket.revision > revision { return }
                let isShorter = bucket.revision < revision
                await bucket.signal.wait(after: revision, atMost: .seconds(1))
                // A bucket with less than was seen is another one, or its server lags behind.
                if bucket.revision > revision || isShorter { return }
                waitedFor = bucket
            } catch {
                // A feed survives the times when the store is unavailable.
                if error.kind != .unavailable { throw error }
                try? await Task.sleep(for: .milliseconds(Int.random(in: 50...100)))
                if let bucket = table.all.first(where: { $0.entryPoint == entryPoint }) { await table.check(bucket) }
            }
        }
    }

    /// Wakes all waiting tasks.
    func close() {
        state.withLock { $0.isClosed = true }
        table.arrivals.close()
        for bucket in table.all { bucket.signal.close() }
    }

    private func want(_ bucket: Bucket) {
        let isNew = state.withLock { state in
            guard !state.isClosed else { return false }
            return state.wantedAt.updateValue(.now, forKey: ObjectIdentifier(bucket)) == nil
        }
        if isNew { Task.detached { await self.follow(bucket) } }
    }

    private func follow(_ bucket: Bucket) async {
        while isWanted(bucket) {
            do throws(ConnectionFailure) {
                return try await bucket.follow { self.isWanted(bucket) }
            } catch {
                bucket.server.logger.debug(
                    "following a bucket was interrupted and starts again",
                    metadata: ["stream": "\(bucket.stream)", "reason": "\(error)"])
                try? await Task.sleep(for: .milliseconds(Int.random(in: 50...100)))
                await table.check(bucket)
            }
        }
    }

    /// Whether to continue following. If not, the next task that waits starts it again.
    private func isWanted(_ bucket: Bucket) -> Bool {
        let isInUse = table.all.contains { $0 === bucket }
        return state.withLock { state in
            let id = ObjectIdentifier(bucket)
            if !state.isClosed, isInUse, let at = state.wantedAt[id], .now - at < Self.patience { return true }
            state.wantedAt[id] = nil
            return false
        }
    }
}
