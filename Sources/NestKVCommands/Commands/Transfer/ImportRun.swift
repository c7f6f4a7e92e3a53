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
    private var registry: SchemaImport
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
        registry = SchemaImport(client, persistence)
    }

    /// Stores all lines after the first `skipped`.
    mutating func take(_ reader: LineReader, skipping skipped: Int) throws {
        var reader = reader
        // The lines that are stored or reported.
        var done = skipped
        do {
            while let line = try reader.next() {
                guard reader.count > skipped else { continue }
                for read in try read(line, reader.count, &done) {
                    while !batch.add(read) { try send(through: reader.count - 1, isLast: false, &done) }
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
            let entry = try ImportEntry(line, number: number)
            if let entry, let registered = try SchemaLine(entry) {
                try send(through: number - 1, &done)
                if let refusal = try registry.register(registered) { throw CommandFailure.failure(refusal) }
                done = number
                return []
            }
            guard let entry, let read = try ImportLine(entry, now: .now, schemas) else {
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

    /// Sends the batch, which ends with a line.
    ///
    /// - Parameter isLast: false if the next line may belong to the same value as the last one of the batch.
    private mutating func send(through line: Int, isLast: Bool = true, _ done: inout Int) throws(CommandFailure) {
        let outcome = try batch.send(client, persistence, isLast: isLast)
        let sent = batch.leaves
        batch = ImportBatch(limits)
        for line in outcome.carried { _ = batch.add(line) }
        stored += sent - batch.leaves - outcome.failures.count
        tell(outcome.failures)
        if !outcome.failures.isEmpty, !keepsGoing {
            let count = outcome.failures.count
            throw .failure("\(count) \(count == 1 ? "line" : "lines") failed.")
        }
        done = outcome.carried.first.map { $0.number - 1 } ?? line
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
        let parts = [(registry.count, "registered"), (leftOut, "left out"), (failed, "failed")]
        let rest = parts.filter { $0.0 > 0 }.map { ", \($0.0) \($0.1)" }
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
