import ArgumentParser
import MicroJSON

/// `nestkv export`.
struct Export: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Writes all leaves at and below paths, with their metadata, as lines of JSON.",
        discussion: """
            A line is {"path":…,"value":…,"metadata":…}, in the order of keys; without a path all entry points are there. \
            Leaves are read page by page: one that is written meanwhile is there as it was or as it is, and every other one \
            once. After an interruption --resume goes on behind the last whole line of the file.
            """)

    @Argument(help: "Paths as in a URL: /ep1/main.") var path: [String] = []
    @Option(name: .shortAndLong, help: ArgumentHelp("The file; without it, standard output.", valueName: "file"))
    var output: String?
    @Flag(help: "Go on behind the last whole line of the file.") var resume = false
    @Flag(help: "Replace a file that is there.") var force = false
    @Option(help: ArgumentHelp("Begin behind this path.", valueName: "path")) var after: String?
    @Option(help: "Only keys that match, like 'user:*'.") var pattern: String?
    @Option(help: "Only leaves that carry this tag; may be repeated.") var tag: [String] = []
    @Flag(name: .shortAndLong, help: "No progress.") var quiet = false
    @OptionGroup var persistence: Persistence
    @OptionGroup var server: ServerOptions

    func validate() throws {
        if resume, output == nil || after != nil || force {
            throw ValidationError("--resume needs --output, and goes with neither --after nor --force.")
        }
    }

    func run() throws {
        let client = try server.client()
        let file = try ExportFile(output, mayExist: resume || force)
        let last = try resume ? file.cutToLastPath() : after.map(Target.listedPath)
        if force { try file.cut(to: 0) }
        let progress = Progress(isQuiet: quiet)
        var count = 0
        for root in try roots(client, after: last) {
            var pages = ListPages(root.path, isEntries: true, pattern: pattern, tags: tag, after: root.after)
            while let page = try persistence.persisting(client, { try pages.next(client) }) {
                let path = try file.write(page, &count)
                progress.tell("\(count) leaves, \(progress.rate(of: count)), at \(path ?? root.path)")
            }
        }
        try file.sync()
        progress.end("\(count) leaves exported, \(progress.rate(of: count)).")
    }

    /// The paths that are still to be exported, and where in the first one.
    private func roots(_ client: HTTPClient, after last: String?) throws -> [(path: String, after: String?)] {
        let all =
            path.isEmpty || path.contains { Target.path($0) == "/" }
            ? try persistence.persisting(client) { try client.entryPoints().map(Target.entryPoint) }
            : try path.map(Target.listedPath)
        for (index, path) in all.enumerated() {
            if let other = all[..<index].first(where: { $0.isAtOrBelow(path) || path.isAtOrBelow($0) }) {
                throw CommandFailure.usage("\(other) and \(path) have leaves in common; name the upper one alone.")
            }
        }
        guard let last else { return all.map { ($0, nil) } }
        guard let first = all.firstIndex(where: { last.isAtOrBelow($0) }) else {
            throw CommandFailure.usage(
                "\(last), behind which it should go on, is not at or below \(all.joined(separator: " or ")).")
        }
        return all[first...].enumerated().map { ($0.element, $0.offset == 0 ? last : nil) }
    }
}

extension String {
    /// Whether this path is another one or below it.
    fileprivate func isAtOrBelow(_ path: String) -> Bool { self == path || hasPrefix(path + "/") }
}
