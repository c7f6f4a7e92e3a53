import ArgumentParser
import NestKVCore

/// One import: reads lines, sends them in batches, and counts.
struct ImportRun {
    private let client: HTTPClient
    private let limits: ImportLimits
    private let persistence: Persistence
    private let schemas: ServerSchemas
    private let checkpoint: Checkpoint?
    private let keepsGoing: Bool
    private let size: Int?
    /// Whether the lines are those of a verified snapshot.
    private let isOfSnapshot: Bool
    private let progress: Progress
    private var batch: ImportBatch
    private var stored = 0
    private var leftOut = 0
    private var failed = 0

    /// - Parameter size: the bytes of the whole input; nil if that is unknown.
    init(
        _ client: HTTPClient, _ limits: ImportLimits, _ persistence: Persistence, _ checkpoint: Checkpoint?,
        keepsGoing: Bool, progress: Progress, size: Int?, ofSnapshot: Bool = false
    ) {
        isOfSnapshot = ofSnapshot
        schemas = ServerSchemas(client, persistence)
        (self.client, self.limits, self.persistence, self.checkpoint) = (client, limits, persistence, checkpoint)
        (self.keepsGoing, self.progress, self.size) = (keepsGoing, progress, size)
        batch = ImportBatch(limits)
    }

    /// Stores all lines after the first `skipped`.
    mutating func take(_ reader: LineReader, skipping skipped: Int) throws {
        var reader = reader
        // The lines that are stored or reported.
        var done = skipped
        do {
            while let line = try reader.next() {
                guard reader.count > skipped else { continue }
                for read in try read(line, reader.count, &done) where !batch.add(read) {
                    try send(through: reader.count - 1, &done)
                    _ = batch.add(read)
                }
                report(reader)
            }
            try send(through: reader.count, &done)
        } catch {
            throw stopped(error, done)
        }
        checkpoint?.remove()
        progress.end(summary)
        if failed > 0 { throw ExitCode(1) }
    }

    /// A line's operations; empty for a line that is left out. If it fails, the lines before it are stored first.
    private mutating func read(
        _ line: ArraySlice<UInt8>, _ number: Int, _ done: inout Int
    ) throws(CommandFailure) -> [ImportLine] {
        do throws(CommandFailure) {
            if isOfSnapshot, ImportLine.isAboutSnapshot(line) { return [] }
            guard let read = try ImportLine(line, number: number, now: .now, schemas) else {
                leftOut += 1
                return []
            }
            return isOfSnapshot ? try read.past(line) + [read] : [read]
        } catch {
            guard keepsGoing else {
                try send(through: number - 1, &done)
                throw error
            }
            tell([error.message])
            return []
        }
    }

    private mutating func send(through line: Int, _ done: inout Int) throws(CommandFailure) {
        let failures = try batch.send(client, persistence)
        stored += batch.leaves - failures.count
        tell(failures)
        batch = ImportBatch(limits)
        if !failures.isEmpty, !keepsGoing {
            throw .failure("\(failures.count) \(failures.count == 1 ? "line" : "lines") failed.")
        }
        done = line
        try checkpoint?.write(done)
    }

    private mutating func tell(_ failures: [String]) {
        guard !failures.isEmpty else { return }
        failed += failures.count
        progress.clear()
        for failure in failures { StandardStream.error.write("nestkv: \(failure)\n") }
    }

    private func report(_ reader: LineReader) {
        let part = size.map { $0 > 0 ? " (\(reader.bytes * 100 / $0) %)" : "" } ?? ""
        progress.tell("\(stored) leaves\(part), \(progress.rate(of: stored))")
    }

    private var summary: String {
        let rest = [(leftOut, "left out"), (failed, "failed")].filter { $0.0 > 0 }.map { ", \($0.0) \($0.1)" }
        return "\(stored) leaves imported, \(progress.rate(of: stored))\(rest.joined())."
    }

    private func stopped(_ error: any Error, _ done: Int) -> CommandFailure {
        progress.clear()
        let failure = error as? CommandFailure ?? .failure("\(error)")
        let hint = isOfSnapshot ? "--merge" : checkpoint.map { "--checkpoint \($0.path)" } ?? "--skip \(done)"
        return CommandFailure(
            message: "\(failure.message) \(done) lines are done; continue with \(hint).", exitCode: failure.exitCode)
    }
}
