import Dispatch
import NestKVCommands
import NestKVStorage
import Synchronization

/// Writes log lines to standard error on a thread of its own, so that no request waits for its reader.
///
/// Lines that are not read in time are dropped and counted. The thread may wait for a reader for ever; the process
/// exits without it.
final class LogSink: Sendable {
    /// The maximum size of the lines that wait, in bytes.
    static let bytesMax = 1 << 20
    /// How long lines are collected while there are many, in milliseconds: the thread wakes up once for all of them.
    private static let pause = 2

    private let queue = Mutex(Queue())
    private let bell = DispatchSemaphore(value: 0)
    private let written = DispatchSemaphore(value: 0)
    /// Formats the line that reports a number of dropped lines.
    private let note: @Sendable (Int) -> [UInt8]

    init(note: @escaping @Sendable (Int) -> [UInt8]) { self.note = note }

    private struct Queue {
        var bytes: [UInt8] = []
        /// The thread was started.
        var isStarted = false
        /// The thread waits for the bell.
        var isSleeping = false
        /// A thread waits in `flush`.
        var isAwaited = false
        /// The last line was written only in part.
        var isCut = false
        /// The number of lines dropped since the start, and how many of them no line has reported yet.
        var dropped = 0
        var untold = 0

        mutating func drop(_ lines: Int) {
            dropped += lines
            untold += lines
        }
    }

    /// The number of lines dropped since the start.
    var dropped: Int { queue.withLock { $0.dropped } }

    /// Queues one line, its line end included, and returns at once.
    func write(_ line: [UInt8]) {
        let (starts, rings) = queue.withLock { queue in
            guard queue.bytes.count + line.count <= Self.bytesMax else {
                queue.drop(1)
                return (false, false)
            }
            queue.bytes += line
            defer { (queue.isStarted, queue.isSleeping) = (true, false) }
            return (!queue.isStarted, queue.isSleeping)
        }
        if starts { OwnThread.start("log", run) }
        if rings { bell.signal() }
    }

    /// Waits until all lines are written, at most for a time.
    func flush(milliseconds: Int) {
        let rings = queue.withLock { queue in
            guard queue.isStarted else { return false }
            queue.isAwaited = true
            return true
        }
        guard rings else { return }
        bell.signal()
        _ = written.wait(timeout: .now() + .milliseconds(milliseconds))
    }

    private func run() {
        var lines: [UInt8] = []
        var wasBusy = false
        while true {
            // While there are many lines, they are collected for a moment, and `write` needs no wake-up.
            if wasBusy { _ = bell.wait(timeout: .now() + .milliseconds(Self.pause)) }
            lines.removeAll(keepingCapacity: lines.capacity < Self.bytesMax / 4)
            let (sleeps, isAwaited, untold, isCut) = queue.withLock { queue in
                swap(&queue.bytes, &lines)
                queue.isSleeping = lines.isEmpty && !queue.isAwaited
                return (queue.isSleeping, queue.isAwaited && lines.isEmpty, queue.untold, queue.isCut)
            }
            wasBusy = !lines.isEmpty
            if !lines.isEmpty { write(lines, untold, isCut) }
            if isAwaited {
                queue.withLock { $0.isAwaited = false }
                written.signal()
            }
            if sleeps { bell.wait() }
        }
    }

    /// Writes lines, after one that reports how many were dropped before them.
    private func write(_ lines: [UInt8], _ untold: Int, _ isCut: Bool) {
        let newline = UInt8(ascii: "\n")
        let before = (isCut ? [newline] : []) + (untold > 0 ? note(untold) : [])
        let bytes = before + lines
        let count = bytes.withUnsafeBytes { StandardStream.error.write($0) }
        let lost = bytes[max(count, before.count)...].count { $0 == newline }
        queue.withLock { queue in
            if count >= before.count { queue.untold -= untold }
            if count > 0 { queue.isCut = bytes[count - 1] != newline }
            if lost > 0 { queue.drop(lost) }
        }
    }
}
