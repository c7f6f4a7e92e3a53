import ArgumentParser
import MicroJSON

/// `nestkv export`.
struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Write all leaves at and below paths as lines of JSON.",
        discussion: """
            Each line is an object with path, value and metadata, in the order of keys. Without a path, \
            all entry points are exported. Leaves are read page by page: a leaf that is changed \
            during the export may appear as it was or as it is; every other leaf appears once. \
            An export of everything begins with the schemas and their bindings.

            Examples:
              nestkv export --output all.ndjson
              nestkv export --output all.ndjson --resume
              nestkv export /ep1 --tag prod
            """)

    @Argument(help: "Paths as in a URL: /ep1/main") var path: [String] = []
    @Option(
        name: .shortAndLong, help: ArgumentHelp("Write to this file (default: standard output).", valueName: "file"))
    var output: String?
    @Flag(help: "Continue after the last complete line of the file.") var resume = false
    @Flag(help: "Replace an existing file.") var force = false
    @Option(help: ArgumentHelp("Start after this path.", valueName: "path")) var after: String?
    @Option(help: "Only export keys that match, as 'user:*'.") var pattern: String?
    @Option(help: "Only export leaves with this tag; may be repeated.") var tag: [String] = []
    @Flag(help: "Export schemas and bindings, too.") var schemas = false
    @Flag(name: .shortAndLong, help: "Print no progress.") var quiet = false
    @OptionGroup var persistence: Persistence
    @OptionGroup var server: ServerOptions

    func validate() throws {
        if resume, output == nil || after != nil || force {
            throw ValidationError("--resume needs --output, and excludes --after and --force.")
        }
    }

    func run() throws {
        let client = try server.client()
        let file = try ExportFile(output, mayExist: resume || force)
        var last = try resume ? file.cutToLastPath() : after.map(Target.listedPath)
        if let path = last, path.hasPrefix(SchemaLine.root) {
            // The schemas, which come first, are incomplete.
            try file.cut(to: 0)
            last = nil
        }
        if force { try file.cut(to: 0) }
        let progress = Progress(isQuiet: quiet)
        var count = 0
        let roots = try roots(client, after: last)
        let registered = try last == nil && exportsSchemas ? SchemaExport(client, persistence).write(to: file) : 0
        for root in roots {
            var pages = ListPages(root.path, isEntries: true, pattern: pattern, tags: tag, after: root.after)
            while let page = try persistence.persisting(client, { try pages.next(client) }) {
                let path = try file.write(page, &count)
                progress.tell("\(count) leaves, \(progress.rate(of: count)), at \(path ?? root.path)")
            }
        }
        try file.sync()
        let more = registered > 0 ? ", and \(registered) lines with schemas and bindings" : ""
        progress.end("\(count) leaves exported, \(progress.rate(of: count))\(more).")
    }

    /// Whether all leaves are exported.
    private var isOfEverything: Bool { path.isEmpty || path.contains { Target.path($0) == "/" } }
    private var exportsSchemas: Bool { schemas || isOfEverything && pattern == nil && tag.isEmpty }

    /// The paths that are still to be exported, and where to start in the first one.
    private func roots(_ client: HTTPClient, after last: String?) throws -> [(path: String, after: String?)] {
        let all =
            isOfEverything
            ? try persistence.persisting(client) { try client.entryPoints().map(Target.entryPoint) }
            : try path.map(Target.listedPath)
        for (index, path) in all.enumerated() {
            if let other = all[..<index].first(where: { $0.isAtOrBelow(path) || path.isAtOrBelow($0) }) {
                throw CommandFailure.usage("\(other) and \(path) overlap; name only the upper one.")
            }
        }
        guard let last else { return all.map { ($0, nil) } }
        guard let first = all.firstIndex(where: { last.isAtOrBelow($0) }) else {
            throw CommandFailure.usage(
                "The export can't start after \(last), which is not at or below \(all.joined(separator: " or ")).")
        }
        return all[first...].enumerated().map { ($0.element, $0.offset == 0 ? last : nil) }
    }
}

extension String {
    /// Whether this path is another one or below it.
    func isAtOrBelow(_ path: String) -> Bool { self == path || hasPrefix(path + "/") }
}
