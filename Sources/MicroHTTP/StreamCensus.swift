import Synchronization

/// Counts open and ended streams.
final class StreamCensus: Sendable {
    private let open = Atomic(0)
    private let opened = Atomic(0)
    private let endings = Mutex<[ResponseStream.Ending: Int]>([:])

    /// Counts a new stream.
    ///
    /// - Returns: false if there are already `limit` streams.
    func enter(limit: Int) -> Bool {
        guard open.add(1, ordering: .relaxed).newValue <= limit else {
            open.subtract(1, ordering: .relaxed)
            return false
        }
        opened.add(1, ordering: .relaxed)
        return true
    }

    func leave(_ ending: ResponseStream.Ending) {
        endings.withLock { $0[ending, default: 0] += 1 }
        open.subtract(1, ordering: .relaxed)
    }

    var openCount: Int { open.load(ordering: .relaxed) }
    var openedCount: Int { opened.load(ordering: .relaxed) }
    func count(_ ending: ResponseStream.Ending) -> Int { endings.withLock { $0[ending, default: 0] } }
}
