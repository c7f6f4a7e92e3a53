import NestKVStorage
import Synchronization

extension Bucket {
    /// The beginning and the end of the feed, as a page without changes.
    ///
    /// This process may know older changes than the stream still has, so the feed begins at the earlier of both places.
    func extent() async throws(DriverError) -> ChangePage {
        let (floor, current) = withRecent { ($0.floor, $0.current) }
        let oldest = floor == 0 ? 0 : min(floor, try await streamBeginning() ?? floor)
        return ChangePage(changes: [], oldest: oldest, current: current, identity: identity)
    }

    /// The number after which the stream has every message; nil if the server can't tell.
    private func streamBeginning() async throws(DriverError) -> Revision? {
        guard let state = try await server.streamInfo(stream)?["state"] else { return nil }
        let first = max(1, state["first_seq"].count) - 1
        let missing = state["num_deleted"].count
        guard missing > 0 else { return first }
        guard hasBatchGet else { return nil }
        if let known = beginning.withLock({ $0.number(first: first, missing: missing) }) { return known }
        let number = try await lastGap(after: first, upTo: state["last_seq"].count)
        beginning.withLock { $0 = StreamBeginning(first: first, missing: missing, number: number) }
        return number
    }

    /// The number of the last missing message, found by bisection: the count of messages after a number tells whether
    /// one of them is missing.
    private func lastGap(after first: Revision, upTo last: Revision) async throws(DriverError) -> Revision {
        var (low, high) = (first, last)
        while low < high {
            let middle = low + (high - low) / 2
            let batch = try await getBatch(.json(("seq", .integer(middle + 1)), ("batch", .integer(1))))
            let count = UInt64(batch?.rows.count ?? 0) + (batch?.pending ?? 0)
            if count >= last - middle { high = middle } else { low = middle + 1 }
        }
        return high
    }
}

/// Where a stream begins without a gap, and the state by which a later gap is noticed.
struct StreamBeginning {
    private var first: Revision
    private var missing: UInt64
    private var number: Revision

    /// The result for a stream with this first number and this count of missing messages.
    init(first: Revision, missing: UInt64, number: Revision) {
        self.first = first
        self.missing = missing
        self.number = number
    }

    /// The number, if nothing has changed since.
    func number(first: Revision, missing: UInt64) -> Revision? {
        self.first == first && self.missing == missing ? number : nil
    }
}
