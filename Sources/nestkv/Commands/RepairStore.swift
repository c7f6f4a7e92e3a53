import ArgumentParser
import NestKVCore
import RocksDBDriver

/// `nestkv repair-store`.
struct RepairStore: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repair-store",
        abstract: "Makes a store of what can be read of a damaged RocksDB store.",
        discussion: """
            Restoring a backup is better. Without --yes it only says what would be kept and what would be dropped, and \
            changes nothing. With --yes the damaged files are moved into a folder damaged-… in the store's folder. The \
            service must be stopped, and the disk must have room for a second copy.
            """)

    @Option(help: ArgumentHelp("The store: rocksdb:PATH.", valueName: "store")) var store: String
    @Flag(help: "Repair it, and drop what can't be read.") var yes = false

    func run() throws {
        let log = CommandLog(.error)
        defer { log.flush() }
        do throws(DriverError) {
            let report = try StoreRepair(try StoreURL(store), logger: log.logger).run(applying: yes)
            let lines =
                report.isSound ? ["Nothing is damaged: \(report.leaves) leaves."] : report.lines + [last(report)]
            StandardStream.output.write(lines.map { $0 + "\n" }.joined())
        } catch {
            throw error.kind == .address ? CommandFailure.usage(error.message) : .failure(error.description)
        }
    }

    private func last(_ report: RepairReport) -> String {
        report.keptIn.map { "The store is repaired. Its damaged files are in '\($0)': delete them when all is well." }
            ?? "Nothing was changed. Restore a backup, or repair it so with --yes."
    }
}
