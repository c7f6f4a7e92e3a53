import Dispatch
import NestKVCommands
import NestKVStorage
import Synchronization

/// Writes log lines to standard error on a thread of its own, so that no request waits for its reader.
///
/// All lines are in one queue, so they are written in the order in which they came. A line after a quiet time is
/// written at once. Lines soon after it are collected for a moment, until there are many or an urgent one. Lines that
/// are not read in time are dropped and counted. The thread may wait for a reader for ever; the process exits without
/// it.
final class LogSink: Sendable {
    /// The maximum size of the lines that wait, in bytes.
    static let bytesMax = 1 << 20
    /// The size of collected lines at which they are written, in bytes. A pipe takes as much at once.
    private static let batch = 64 << 10
    /// How long lines are collected, in milliseconds. The thread wakes up once for all of them.
    private static let pause = 20

    let format: LogFormat
    private let queue = Mutex(Queue())
    private let bell = DispatchSemaphore(value: 0)
    private let written = DispatchSemaphore(value: 0)
    /// Writes bytes, and returns how many were written.
    private let output: @Sendable (UnsafeRawBufferPointer) -> Int

    init(
        _ format: LogFormat,
        output: @escaping @Sendable (UnsafeRawBufferPointer) -> Int = { StandardStream.error.write($0) }
    ) {
        self.format = format
        self.output = output
    }

    /// What ends the thread's waiting for the bell.
    private enum Rest { case byNoLine, byAnyLine, byUrgentLine }

    private struct Queue {
        var bytes: [UInt8] = []
        /// The lines must be written at once.
        var isUrgent = false
        /// The thread was started.
        var isStarted = false
        var rest = Rest.byNoLine
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

        /// Whether the thread must be woken for the lines; once for all of them.
        mutating func endsRest() -> Bool {
            guard rest == .byAnyLine || rest == .byUrgentLine && isUrgent else { return false }
            rest = .byNoLine
            return true
        }
    }

    /// The number of lines dropped since the start.
    var dropped: Int { queue.withLock { $0.dropped } }

    /// Queues one line and returns at once.
    ///
    /// - Parameter isUrgent: whether it is written at once, after those before it, even if there are many.
    func write(_ line: consuming LogLine, isUrgent: Bool = false) {
        line.end { write($0, isUrgent: isUrgent) }
    }

    /// Queues one line in UTF-8 without its line end, and returns at once.
    func write(_ line: String, isUrgent: Bool = false) {
        var line = line + "\n"
        line.withUTF8 { write($0, isUrgent: isUrgent) }
    }

    private func write(_ line: UnsafeBufferPointer<UInt8>, isUrgent: Bool) {
        let (starts, rings) = queue.withLock { queue in
            guard queue.bytes.count + line.count <= Self.bytesMax else {
                queue.drop(1)
                return (false, false)
            }
            queue.bytes.append(contentsOf: line)
            if isUrgent || queue.bytes.count >= Self.batch { queue.isUrgent = true }
            defer { queue.isStarted = true }
            return (!queue.isStarted, queue.endsRest())
        }
        if starts { OwnThread.start("log", run) }
        if rings { bell.signal() }
    }

    /// Waits until all lines are written, at most for a time.
    func flush(milliseconds: Int) {
        let rings = queue.withLock { queue in
            guard queue.isStarted else { return false }
            (queue.isAwaited, queue.isUrgent) = (true, true)
            return true
        }
        guard rings else { return }
        bell.signal()
        _ = written.wait(timeout: .now() + .milliseconds(milliseconds))
    }

    private func run() {
        var lines: [UInt8] = []
        while true {
            rest(isBusy: !lines.isEmpty)
            lines.removeAll(keepingCapacity: lines.capacity < Self.bytesMax / 4)
            let (isAwaited, untold, isCut) = queue.withLock { queue in
                swap(&queue.bytes, &lines)
                defer { (queue.isAwaited, queue.isUrgent, queue.rest) = (false, false, .byNoLine) }
                return (queue.isAwaited, queue.untold, queue.isCut)
            }
            if !lines.isEmpty { write(lines, untold, isCut) }
            if isAwaited { written.signal() }
        }
    }

    /// Waits for lines: for a moment if there were some before, otherwise until there are some.
    private func rest(isBusy: Bool) {
        let rest = queue.withLock { queue in
            if queue.isUrgent { return Rest.byNoLine }
            if isBusy { queue.rest = .byUrgentLine } else if queue.bytes.isEmpty { queue.rest = .byAnyLine }
            return queue.rest
        }
        switch rest {
        case .byNoLine: break
        case .byAnyLine: bell.wait()
        case .byUrgentLine: _ = bell.wait(timeout: .now() + .milliseconds(Self.pause))
        }
    }

    /// Writes lines, after one that reports how many were dropped before them.
    private func write(_ lines: [UInt8], _ untold: Int, _ isCut: Bool) {
        let newline = UInt8(ascii: "\n")
        let before = (isCut ? [newline] : []) + (untold > 0 ? note(untold) : [])
        let bytes = before.isEmpty ? lines : before + lines
        let count = bytes.withUnsafeBytes(output)
        let lost = bytes[max(count, before.count)...].count { $0 == newline }
        queue.withLock { queue in
            if count >= before.count { queue.untold -= untold }
            if count > 0 { queue.isCut = bytes[count - 1] != newline }
            if lost > 0 { queue.drop(lost) }
        }
    }

    /// The line that reports dropped lines.
    private func note(_ lines: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        LogLine(format, .warning, "\(lines) log lines were dropped, because standard error was not read")
            .end { bytes += $0 }
        return bytes
    }
}
