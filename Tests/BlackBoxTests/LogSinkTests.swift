import Glibc
import Logging
import Synchronization
import TestSupport
import Testing

@testable import nestkv

/// The queue of log lines and the thread that writes them.
@Suite(.timeLimit(.minutes(2)))
struct LogSinkTests {
    @Test func `lines are written without a flush, the first ones and those after them`() async throws {
        let output = CollectedOutput()
        let sink = LogSink(.text, output: output.write)
        for round in 1...3 {
            for number in 1...round { sink.write("\(round).\(number)") }
            try await eventually("round \(round) is written") { output.lines.count == round * (round + 1) / 2 }
        }
        #expect(output.lines == ["1.1", "2.1", "2.2", "3.1", "3.2", "3.3"])
    }

    @Test func `lines of requests and other lines keep their order`() async throws {
        let output = CollectedOutput()
        let sink = LogSink(.text, output: output.write)
        let logger = Logger(label: "test") { _ in LineLogHandler(level: .info, sink: sink) }
        for number in 0..<1000 {
            sink.write("info request \(number)")
            if number.isMultiple(of: 10) { logger.warning("after \(number)") }
        }
        try await eventually("all is written") { output.lines.count == 1100 }
        var expected = 0
        for line in output.lines {
            if line.contains("warning") {
                #expect(line.hasSuffix(" warning after \(expected - 1)"))
            } else {
                #expect(line == "info request \(expected)")
                expected += 1
            }
        }
    }

    @Test func `each line of many threads is whole`() async throws {
        let output = CollectedOutput()
        let sink = LogSink(.text, output: output.write)
        await withTaskGroup { group in
            for thread in 0..<8 {
                group.addTask {
                    for number in 0..<500 {
                        let end = String(repeating: "x", count: (number * 7 + thread) % 200)
                        sink.write("\(thread) \(number) \(end).", isUrgent: number % 100 == 99)
                    }
                }
            }
        }
        sink.flush(milliseconds: 60_000)
        var next = [Int](repeating: 0, count: 8)
        for line in output.lines {
            let parts = line.split(separator: " ", omittingEmptySubsequences: false)
            let thread = try #require(Int(parts[0]))
            #expect(parts[1] == "\(next[thread])")
            #expect(parts[2].count == (next[thread] * 7 + thread) % 200 + 1 && parts[2].hasSuffix("."))
            next[thread] += 1
        }
        #expect(next == [Int](repeating: 500, count: 8))
        #expect(sink.dropped == 0)
    }

    @Test(arguments: LogFormat.allCases)
    func `lines that find no room while the output waits are counted and reported`(_ format: LogFormat) async throws {
        let output = CollectedOutput()
        let state = Mutex((isWriting: false, isOpen: false))
        let sink = LogSink(format) { bytes in
            state.withLock { $0.isWriting = true }
            while !state.withLock({ $0.isOpen }) { usleep(1000) }
            return output.write(bytes)
        }
        sink.write("x")
        try await eventually("the first line is being written") { state.withLock { $0.isWriting } }
        let line = String(repeating: "x", count: 9999)
        for _ in 0..<300 { sink.write(line) }
        let dropped = sink.dropped
        #expect(dropped == 300 - LogSink.bytesMax / 10_000)
        state.withLock { $0.isOpen = true }
        sink.flush(milliseconds: 60_000)
        let told = output.lines.filter { !$0.hasPrefix("x") }
        #expect(told.count == 1 && told[0].contains("\(dropped) log lines were dropped"), "\(told)")
        #expect(output.lines.count + dropped == 302)
    }
}
