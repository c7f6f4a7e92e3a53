import NestKVStorage
import Synchronization
import Testing

@Suite(.timeLimit(.minutes(1)))
struct SharedReadsTests {
    /// When 300 clients requested one subtree of 16 MiB at once, 300 reads went over one connection to Redis, which
    /// then seemed to hang. Two reads must suffice: the running one, and one for all clients that arrived after it
    /// began.
    @Test func `any number of readers of the same value share one read, which begins after the last of them arrived`()
        async throws
    {
        let reads = SharedReads<String, Int>()
        let gate = Gate()
        @Sendable func read(_ id: String) async throws -> Int {
            try await reads.read(id) { await gate.pass() }
        }
        let first = Task { try await read("a") }
        while gate.count < 1 { await Task.yield() }
        let rest = (0..<200).map { _ in Task { try await read("a") } }
        let other = Task { try await read("b") }
        while gate.count < 2 { await Task.yield() }
        try await Task.sleep(for: .milliseconds(100))
        #expect(gate.count == 2)
        gate.open()
        let (one, two) = (try await first.value, try await other.value)
        #expect(one == 1 && two == 2)
        for task in rest { #expect(try await task.value >= 3) }
        // There are more than three only if some readers arrived after the others had begun.
        #expect(gate.count < 10)
        let last = try await read("a")
        #expect(last > 3)
    }

    @Test func `a failed read fails for all readers that share it, but not for the next`() async throws {
        let reads = SharedReads<String, Int>()
        let error = await #expect(throws: DriverError.self) {
            try await reads.read("a") { () throws(DriverError) in throw DriverError(.busy, "The read failed.") }
        }
        #expect(error?.kind == .busy)
        let later = try await reads.read("a") { 1 }
        #expect(later == 1)
    }
}

/// Counts arriving tasks, and holds them until it is opened.
private final class Gate: Sendable {
    private struct State {
        var count = 0
        var isOpen = false
        var waiting: [CheckedContinuation<Void, Never>] = []
    }
    private let state = Mutex(State())

    var count: Int { state.withLock { $0.count } }

    /// - Returns: the number of arrived tasks, including this one.
    func pass() async -> Int {
        let number = state.withLock { state in
            state.count += 1
            return state.count
        }
        await withCheckedContinuation { continuation in
            let isOpen = state.withLock { state in
                if !state.isOpen { state.waiting.append(continuation) }
                return state.isOpen
            }
            if isOpen { continuation.resume() }
        }
        return number
    }

    func open() {
        let waiting = state.withLock { state in
            state.isOpen = true
            return state.waiting
        }
        for continuation in waiting { continuation.resume() }
    }
}
