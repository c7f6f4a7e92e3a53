import MicroJSON
import NestKVCore

/// Follows one feed of a server while its leaves are read, and remembers the last state of each changed path.
///
/// The leaves are read page by page, beginning after a position in the feed. When the changes of the feed up to a
/// revision are applied to them, they are the state at that revision.
struct FeedFollower {
    /// The last state of a changed path.
    enum State {
        /// A leaf, and where its line is in the spool.
        case set(Range<Int>)
        case gone
    }

    private let path: String
    private let spool: TemporaryFile
    private var place: String
    /// The state of each path that was changed.
    private(set) var changes: [String: State] = [:]
    /// Changes that were read but may be newer than the snapshot's revision.
    private var later: [(revision: Int, path: String, state: State)] = []

    /// Begins at the end of the feed.
    ///
    /// - Parameter path: `/_events` for all changes, or an entry point.
    init(_ path: String, _ spool: TemporaryFile, _ client: HTTPClient) throws {
        (self.path, self.spool) = (path, spool)
        place = String(try Self.current(path, client))
    }

    /// The current revision of a feed.
    static func current(_ path: String, _ client: HTTPClient) throws -> Int {
        var target = Target(path)
        target.add("since", "now")
        let answer = try client.fetch("GET", target.text)
        guard let revision = answer.field("Nestkv-Revision").flatMap({ Int($0) }) else {
            throw CommandFailure.failure("\(client.server) is not a nestkv server: its answer has no revision.")
        }
        return revision
    }

    /// Reads the changes since the last call.
    ///
    /// - Parameter revision: stops after this revision; nil: after one page.
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
                    "The snapshot failed: during it, more was written than the server's change feed keeps. Raise "
                        + "--feed-changes and --feed-bytes of 'nestkv serve', or try again when less is written. "
                        + problem.detail)
            }
            guard answer.status != 204 else { return }
            let page = try answer.json()
            guard let next = page.text(at: "next"), let list = page.slice(at: [Array("changes".utf8)]) else {
                throw CommandFailure.failure("\(client.server) is not a nestkv server: its answer has no changes.")
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
        else { throw .failure("The server sent an invalid change: \(change.description.prefix(200)).") }
        guard change.text(at: "operation") == "set" else {
            later.append((revision, path, .gone))
            return revision
        }
        var writer = JSONWriter(reserving: value.utf8.count + metadata.utf8.count + 128)
        writer.beginObject()
        writer.member("path", path)
        writer.member("value", value)
        writer.member("metadata", metadata)
        writer.endObject()
        later.append((revision, path, .set(try spool.append(writer.bytes))))
        return revision
    }

    /// Applies the changes up to a revision.
    mutating func settle(at revision: Int) {
        for change in later where change.revision <= revision { changes[change.path] = change.state }
        later.removeAll { $0.revision <= revision }
    }

    /// A leaf's line from the spool.
    func line(_ range: Range<Int>) throws(CommandFailure) -> [UInt8] { try spool.bytes(range) }

    /// Removes and returns the state of a path; nil if the path was not changed.
    mutating func takeState(of path: String) -> State? { changes.removeValue(forKey: path) }
}
