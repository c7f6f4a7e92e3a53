import ArgumentParser
import MicroJSON
import NestKVCore

#if canImport(Glibc)
    import Glibc
#endif

/// `nestkv import`.
struct Import: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Stores the leaves that an export wrote, or lines of {\"path\":…,\"value\":…}.",
        discussion: """
            Each line sets one leaf, alone; author, comment, tags and expiry are kept, versions and times are new. Lines \
            that were stored already can be stored again: the same values stand there afterwards. It stops at the first \
            batch with a line that fails, and says how to go on; --checkpoint remembers that in a file. Leaves whose time \
            is up are left out.
            """)

    @Argument(help: "A file; without it or with '-', standard input.") var file: String = "-"
    @Option(help: ArgumentHelp("Leave out so many lines.", valueName: "n")) var skip: Int = 0
    @Option(help: ArgumentHelp("Remember in this file what is done, and go on there.", valueName: "file"))
    var checkpoint: String?
    @Flag(help: "Go on after lines that fail; each is told.") var keepGoing = false
    @Flag(name: .shortAndLong, help: "No progress.") var quiet = false
    @OptionGroup var persistence: Persistence
    @OptionGroup var server: ServerOptions

    func validate() throws {
        if skip < 0 { throw ValidationError("--skip must be 0 or more.") }
        if skip > 0, checkpoint != nil { throw ValidationError("--skip doesn't go with --checkpoint, which knows it.") }
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
