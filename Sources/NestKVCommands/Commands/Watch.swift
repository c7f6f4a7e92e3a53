import ArgumentParser
import MicroJSON

#if canImport(Glibc)
    import Glibc
#endif

/// `nestkv watch`.
struct Watch: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Print every change at and below paths, one a line.",
        discussion: """
            Without a path, all changes are printed. In a path, '+' matches any one segment, \
            and a '#' at the end matches everything below. A lost connection is restored, and \
            the changes made in the meantime are printed. On a terminal a line is short. Otherwise it is a \
            JSON object with path, operation, revision, value and metadata.

            Examples:
              nestkv watch '/users/+/settings' --snapshot
              nestkv watch /ep1 --since earliest --count 10
            """)

    @Argument(help: "Paths as in a URL, with wildcards: /users/+/settings") var path: [String] = []
    @Flag(help: "Print the current values first.") var snapshot = false
    @Flag(help: "Print the previous value with each change.") var previous = false
    @Option(help: ArgumentHelp("Start after this event id, or at 'earliest' or 'now'.", valueName: "id")) var since:
        String?
    @Option(help: ArgumentHelp("Stop after N lines.", valueName: "n")) var count: Int?
    @OptionGroup var output: OutputOptions
    @OptionGroup var server: ServerOptions

    func validate() throws {
        if let count, count < 1 { throw ValidationError("--count must be 1 or more.") }
        if since?.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) ?? false {
            throw ValidationError("--since must be an event id, 'earliest' or 'now'.")
        }
    }

    func run() throws {
        let client = try server.client()
        var state = WatchState(since: since, left: count, format: output.chosen())
        var hasConnected = false
        var lost = 0
        while state.left != 0 {
            do {
                let reply = try client.send("GET", target, fields: state.fields)
                guard reply.status == 200 else {
                    throw ServerProblem(reply.status, try reply.body(limit: 1 << 20))
                }
                hasConnected = true
                try state.follow(reply) { lost = 0 }
            } catch let failure as ClientFailure where hasConnected {
                Self.tell(lost, "\(failure.message); reconnecting")
            } catch let problem as ServerProblem where hasConnected && problem.isPassing {
                Self.tell(lost, "\(problem.detail) Reconnecting")
            } catch {
                throw client.failure(error)
            }
            guard state.left != 0 else { return }
            lost += 1
            usleep(UInt32(clamping: min(state.retryMilliseconds * lost, 15_000) * 1000))
        }
    }

    private var target: String {
        var target = Target("/_events")
        for path in path { target.add("match", Target.path(path)) }
        target.add("snapshot", if: snapshot)
        target.add("previous", if: previous)
        return target.text
    }

    private static func tell(_ lost: Int, _ message: String) {
        if lost == 0 { StandardStream.error.write("nestkv: \(message).\n") }
    }
}

/// The progress of a watcher over all its connections.
private struct WatchState {
    /// How long a stream may be silent. Longer than the server's default interval between comments (`--keep-alive`).
    private static let silence = Duration.seconds(60)

    private var id: String?
    /// The number of lines still to print; nil: no limit.
    private(set) var left: Int?
    private(set) var retryMilliseconds = 1000
    private let format: OutputFormat

    init(since: String?, left: Int?, format: OutputFormat) {
        (id, self.left, self.format) = (since, left, format)
    }

    var fields: [(name: String, value: String)] {
        [("Accept", "text/event-stream")] + (id.map { [("Last-Event-ID", $0)] } ?? [])
    }

    /// Prints events until the stream ends or enough lines are printed.
    mutating func follow(_ reply: ClientReply, _ onEvent: () -> Void) throws {
        var reader = ServerEventReader(
            LineReader {
                reply.allow(Self.silence)
                return try reply.next()
            })
        while left != 0, let event = try reader.next() {
            onEvent()
            if let milliseconds = event.retry { retryMilliseconds = min(milliseconds, 15_000) }
            if !event.data.isEmpty { try show(event) }
            if let id = event.id { self.id = id }
        }
    }

    private mutating func show(_ event: ServerEvent) throws(CommandFailure) {
        guard event.name != "synced" else { return }
        guard event.name != "reset" else {
            return StandardStream.error.write(
                "nestkv: changes are missing, because the server no longer retains them.\n")
        }
        let data = JSONText(trusted: event.data)
        if format == .table {
            let value = data.slice(at: [Array("value".utf8)])?.description ?? ""
            let line = "\(event.name) \(data.text(at: "path") ?? "") \(value)"
            try StandardStream.output.writeAll(Array((Table.cut(line, StandardStream.output.columns) + "\n").utf8))
        } else {
            try format.write(data)
        }
        left? -= 1
    }
}
