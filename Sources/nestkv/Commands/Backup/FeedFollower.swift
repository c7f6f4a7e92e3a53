import MicroJSON
import NestKVCore

/// Follows one feed of a server while its leaves are read: what changes meanwhile, each path's last state.
///
/// All leaves read page by page after a place in the feed, and then changed as the feed says up to a revision, are the
/// state of that revision.
struct FeedFollower {
    /// What a path has become.
    enum State {
        /// A leaf; where its line is.
        case set(Range<Int>)
        case gone
    }

    private let path: String
    private let spool: TemporaryFile
    private var place: String
    /// What has become of paths that were changed.
    private(set) var changes: [String: State] = [:]
    /// What was read and isn't settled yet.
    private var later: [(revision: Int, path: String, state: State)] = []

    /// Begins with what is to come.
    ///
    /// - Parameter path: `/_events` for all changes, or an entry point.
    init(_ path: String, _ spool: TemporaryFile, _ client: HTTPClient) throws {
        (self.path, self.spool) = (path, spool)
        place = String(try Self.current(path, client))
    }

    /// The revision at which a feed stands.
    static func current(_ path: String, _ client: HTTPClient) throws -> Int {
        var target = Target(path)
        target.add("since", "now")
        let answer = try client.fetch("GET", target.text)
        guard let revision = answer.field("Nestkv-Revision").flatMap({ Int($0) }) else {
            throw CommandFailure.failure("\(client.server) is no nestkv that tells its revision.")
        }
        return revision
    }

    /// Reads what has come.
    ///
    /// - Parameter revision: stops behind this one; nil: behind one page.
    mutating func read(_ client: HTTPClient, through revision: Int? = nil) throws {
        while true {
            var target = Target(path)
            target.add("since", place)
            target.add("limit", "1000")
            let answer: Answer
            do {
                answer = try client.fetch("GET", target.text)
            } catch let problem as ServerProblem where problem.status == 410 {
                throw CommandFailure.failure(
                    "More was written meanwhile than the server's feed keeps: raise --feed-changes and --feed-bytes of "
                        + "'nestkv serve', or try when less is written. \(problem.detail)")
            }
            guard answer.status != 204 else { return }
            let page = try answer.json()
            guard let next = page.text(at: "next"), let list = page.slice(at: [Array("changes".utf8)]) else {
                throw CommandFailure.failure("\(client.server) is no nestkv that tells changes.")
            }
            var last = 0
            for change in list.elements {
                last = try take(JSONText(trusted: Array(change)))
            }
            place = next
            guard let revision, last < revision else { return }
        }
    }

    private mutating func take(_ change: JSONText) throws(CommandFailure) -> Int {
        guard let path = change.text(at: "path"), let revision = change.number(at: "revision"),
            let value = change.slice(at: [Array("value".utf8)]),
            let metadata = change.slice(at: [Array("metadata".utf8)])
        else { throw .failure("The server told a change that is none: \(change.description.prefix(200)).") }
        guard change.text(at: "operation") == "set" else {
            later.append((revision, path, .gone))
            return revision
        }
        var writer = JSONWriter(reserving: value.utf8.count + metadata.utf8.count + 128)
        writer.beginObject()
        writer.name("path")
        writer.string(path)
        writer.name("value")
        writer.raw(value)
        writer.name("metadata")
        writer.raw(metadata)
        writer.endObject()
        later.append((revision, path, .set(try spool.append(writer.bytes))))
        return revision
    }

    /// Takes the changes up to a revision as what has happened.
    mutating func settle(at revision: Int) {
        for change in later where change.revision <= revision { changes[change.path] = change.state }
        later.removeAll { $0.revision <= revision }
    }

    /// The line of a leaf as it has become.
    func line(_ range: Range<Int>) throws(CommandFailure) -> [UInt8] { try spool.bytes(range) }

    /// What has become of a path, once; nil: nothing was changed.
    mutating func takeState(of path: String) -> State? { changes.removeValue(forKey: path) }
}
