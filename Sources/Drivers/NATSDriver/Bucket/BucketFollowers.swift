import NestKVCore
import Synchronization

/// Keeps the buckets that somebody waits for up to date.
final class BucketFollowers: Sendable {
    private struct State {
        /// When somebody waited last for each bucket that is followed.
        var wantedAt: [ObjectIdentifier: ContinuousClock.Instant] = [:]
        var isClosed = false
    }

    /// How long a bucket is followed after somebody waited last.
    private static let patience = Duration.seconds(10)

    private let table: BucketTable
    private let state = Mutex(State())

    /// Nobody waits yet.
    init(table: BucketTable) {
        self.table = table
    }

    /// Returns when a bucket's revision is greater than `revision`, the bucket is gone or another one, the task is
    /// cancelled, or all is over.
    func wait(_ entryPoint: [UInt8], after revision: Revision) async throws {
        var waitedFor: Bucket?
        while !Task.isCancelled, !state.withLock({ $0.isClosed }) {
            do throws(DriverError) {
                let arrivals = table.arrivals.revision
                let found = try await table.find(entryPoint)?.bucket
                if let waitedFor, found !== waitedFor { return }
                guard let bucket = found else {
                    // Another process may make it.
                    await table.arrivals.wait(after: arrivals, atMost: .milliseconds(200))
                    continue
                }
                want(bucket)
                if try await !bucket.isUnchangedLately() { await table.check(bucket) }
                if bucket.revision <= revision { try await bucket.catchUp() }
                if bucket.revision > revision { return }
                let isShorter = bucket.revision < revision
                await bucket.signal.wait(after: revision, atMost: .seconds(1))
                // What has less than was seen is another one, or a server that lags behind.
                if bucket.revision > revision || isShorter { return }
                waitedFor = bucket
            } catch {
                // A feed outlives the times when the store is away.
                if error.kind != .unavailable { throw error }
                try? await Task.sleep(for: .milliseconds(Int.random(in: 50...100)))
                if let bucket = table.all.first(where: { $0.entryPoint == entryPoint }) { await table.check(bucket) }
            }
        }
    }

    /// Wakes everybody.
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
                    "a bucket is followed anew", metadata: ["stream": "\(bucket.stream)", "reason": "\(error)"])
                try? await Task.sleep(for: .milliseconds(Int.random(in: 50...100)))
                await table.check(bucket)
            }
        }
    }

    /// Whether to go on; when not, the next who waits begins anew.
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
