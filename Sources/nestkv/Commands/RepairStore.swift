import ArgumentParser
import NestKVCommands
import NestKVStorage
import RocksDBDriver

/// `nestkv repair-store`.
struct RepairStore: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "repair-store",
        abstract: "Repair a damaged RocksDB store; what cannot be read is lost.",
        discussion: """
            If there is a backup, restore it instead. Stop the service first.
            Without --yes, the command only reports what a repair would keep and drop.
            With --yes, the damaged files are moved to a folder damaged-TIME in the store's \
            folder. The disk needs room for a second copy of the store.

            Examples:
              nestkv repair-store --store rocksdb:/var/lib/nestkv
              nestkv repair-store --store rocksdb:/var/lib/nestkv --yes
            """)

    @Option(help: ArgumentHelp("The store: rocksdb:PATH", valueName: "address")) var store: String
    @Flag(help: "Repair the store, and drop what can't be read.") var yes = false

    func run() throws {
        let log = CommandLog(.error)
        defer { log.flush() }
        do throws(DriverError) {
            let report = try StoreRepair(try StoreURL(store), logger: log.logger).run(applying: yes)
            let lines =
                report.isSound
                ? ["The store is not damaged. It has \(report.leaves) leaves."] : report.lines + [last(report)]
            StandardStream.output.write(lines.map { $0 + "\n" }.joined())
        } catch {
            throw error.kind == .address ? CommandFailure.usage(error.message) : .failure(error.description)
        }
    }

    private func last(_ report: RepairReport) -> String {
        report.keptIn.map {
            "The store is repaired. Its damaged files are in '\($0)'; delete them when you no longer need them."
        }
            ?? "Nothing was changed. Restore a backup, or run this command with --yes to repair the store like this."
    }
}
