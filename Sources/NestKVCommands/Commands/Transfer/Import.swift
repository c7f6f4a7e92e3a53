import ArgumentParser
import MicroJSON
import NestKVCore

#if canImport(Glibc)
    import Glibc
#endif

/// `nestkv import`.
struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Store the leaves of an export, or lines of JSON.",
        discussion: """
            Each line is an object with path and value, and sets one leaf. Author, comment, tags and \
            expiry are kept; versions and times are new. Expired leaves are left out. Importing \
            the same lines again gives the same values. Schemas and bindings are registered.
            The import stops at the first batch with a line that fails, and says how to continue.

            Examples:
              nestkv import all.ndjson
              nestkv import all.ndjson --checkpoint done
            """)

    @Argument(help: "A file; '-': standard input") var file: String = "-"
    @Option(help: ArgumentHelp("Skip the first N lines.", valueName: "n")) var skip: Int = 0
    @Option(help: ArgumentHelp("Store the progress in this file, and continue there.", valueName: "file"))
    var checkpoint: String?
    @Flag(help: "Report lines that fail, and continue.") var keepGoing = false
    @Flag(name: .shortAndLong, help: "Print no progress.") var quiet = false
    @OptionGroup var persistence: Persistence
    @OptionGroup var server: ServerOptions

    func validate() throws {
        if skip < 0 { throw ValidationError("--skip must be 0 or more.") }
        if skip > 0, checkpoint != nil { throw ValidationError("--skip and --checkpoint exclude each other.") }
    }

    func run() throws {
        let input = file == "-" ? Descriptor(0, name: "standard input") : try Descriptor(opening: file, O_RDONLY)
        let checkpoint = checkpoint.map(Checkpoint.init)
        let skipped = try checkpoint?.lines() ?? skip
        let client = try server.client()
        let limits = try persistence.persisting(client) { try ImportLimits(of: client) }
        var run = ImportRun(
            client, limits, persistence, checkpoint, keepsGoing: keepGoing, progress: Progress(isQuiet: quiet),
            size: input.size)
        try run.take(LineReader { try input.read() }, skipping: skipped)
    }
}
