import NestKVCore
import Synchronization

/// Keeps the buckets that somebody waits for up to date: reads what others wrote when a message passes by, and once a
/// second, since a hint may be missed.
final class BucketFollowers: Sendable {
    private struct State {
        /// The buckets, by what stands before their keys; true: a hint came while what others wrote was read.
        var reading: [String: Bool] = [:]
        var isClosed = false
    }

    private let table: BucketTable
    private let connection: Connection
    private let state = Mutex(State())

    /// Nobody waits yet.
    init(table: BucketTable, connection: Connection) {
        self.table = table
        self.connection = connection
        connection.onHint { [weak self] in self?.hear($0) }
    }

    /// Returns when a bucket's revision is greater than `revision`, the task is cancelled, or all is over.
    func wait(_ entryPoint: [UInt8], after revision: Revision) async throws {
        while !Task.isCancelled, !state.withLock({ $0.isClosed }) {
            do throws(DriverError) {
                let arrivals = table.arrivals.revision
                guard let bucket = try await table.find(entryPoint)?.bucket else {
                    // Another process may make it.
                    await table.arrivals.wait(after: arrivals, atMost: .milliseconds(200))
                    continue
                }
                connection.watch(bucket.prefix + ">")
                if bucket.revision <= revision { try await bucket.catchUp() }
                if bucket.revision > revision { return }
                await bucket.signal.wait(after: revision, atMost: .seconds(1))
                if bucket.revision > revision { return }
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

    /// A message passed by, or, with an empty subject, there is a new link.
    private func hear(_ subject: String) {
        for bucket in table.all where subject.isEmpty || subject.hasPrefix(bucket.prefix) { read(bucket) }
    }

    private func read(_ bucket: Bucket) {
        let isBeingRead = state.withLock { state in
            defer { state.reading[bucket.prefix] = state.reading[bucket.prefix] != nil }
            return state.reading[bucket.prefix] != nil
        }
        guard !isBeingRead else { return }
        Task.detached {
            repeat {
                let before = bucket.revision
                self.state.withLock { $0.reading[bucket.prefix] = false }
                // The hint may be faster than the stream.
                for attempt in 0..<6 {
                    try? await bucket.catchUp()
                    if bucket.revision > before { break }
                    try? await Task.sleep(for: .milliseconds(1 << attempt))
                }
            } while self.hasMore(bucket)
        }
    }

    private func hasMore(_ bucket: Bucket) -> Bool {
        state.withLock { state in
            if state.reading[bucket.prefix] == true { return true }
            state.reading[bucket.prefix] = nil
            return false
        }
    }
}

extension RevisionSignal {
    /// Waits as ``wait(after:)`` does, but not for ever.
    fileprivate func wait(after revision: Revision, atMost duration: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.wait(after: revision) }
            group.addTask { try? await Task.sleep(for: duration) }
            await group.next()
            group.cancelAll()
        }
    }
}
