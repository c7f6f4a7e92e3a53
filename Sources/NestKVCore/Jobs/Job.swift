import MicroJSON
import NestKVStorage

/// Work on many leaves that goes on after the request for it was answered. Its state is a leaf, so any process on the
/// store can go on with it.
public struct Job: Sendable {
    /// How far it is.
    public enum State: String, Sendable {
        /// A process works on it, or is going to.
        case running
        /// All leaves were visited.
        case done
        /// A client ended it.
        case stopped
        /// It can't go on.
        case failed
    }

    /// A leaf that the job couldn't change.
    public struct Failure: Sendable {
        /// The leaf's path.
        public let path: String
        /// Why.
        public let detail: String
    }

    /// The most ``failures`` that are kept.
    public static let mostFailures = 100

    /// Its name.
    public let id: String
    /// What it does.
    public let kind: String
    /// What it does it with.
    public let parameters: JSONText
    /// The most leaves that it changes in a second; 0 for any number.
    public let rate: Int
    /// When it was asked for.
    public let startedAt: Timestamp
    /// How far it is.
    public internal(set) var state = State.running
    /// The visited leaves, and what became of them.
    public internal(set) var examined = 0, changed = 0, unchanged = 0, failed = 0
    /// The first leaves that it couldn't change.
    public internal(set) var failures: [Failure] = []
    /// The path of the last visited leaf.
    public internal(set) var cursor: String?
    /// The leaves that are visited in a second.
    public internal(set) var perSecond = 0
    /// When it last reported.
    public internal(set) var updatedAt: Timestamp
    /// Why it can't go on.
    public internal(set) var detail: String?
    /// The process that works on it; empty for none.
    var owner = ""
    /// Until when no other process takes it over.
    var leasedUntil = Timestamp(milliseconds: 0)
    /// The version of its leaf.
    var version: UInt64 = 0

    init(id: String, kind: String, parameters: JSONText, rate: Int) {
        (self.id, self.kind, self.parameters, self.rate) = (id, kind, parameters, rate)
        startedAt = .now
        updatedAt = startedAt
    }
}

/// As a leaf.
extension Job {
    /// Reads a stored job; nil if it is not one.
    init?(_ record: Record) {
        let text = record.value
        guard let kind = text.text(at: "kind"), let parameters = text.slice(at: [Array("parameters".utf8)]),
            let state = text.text(at: "state").flatMap(State.init(rawValue:)),
            let startedAt = text.text(at: "startedAt").flatMap(Timestamp.init(rfc3339:)),
            let updatedAt = text.text(at: "updatedAt").flatMap(Timestamp.init(rfc3339:)),
            let leasedUntil = text.text(at: "leasedUntil").flatMap(Timestamp.init(rfc3339:))
        else { return nil }
        id = String(decoding: record.key.name, as: UTF8.self)
        (self.kind, self.parameters, self.state, rate) = (kind, parameters, state, text.number(at: "rate") ?? 0)
        (self.startedAt, self.updatedAt, self.leasedUntil) = (startedAt, updatedAt, leasedUntil)
        examined = text.number(at: "examined") ?? 0
        changed = text.number(at: "changed") ?? 0
        unchanged = text.number(at: "unchanged") ?? 0
        failed = text.number(at: "failed") ?? 0
        perSecond = text.number(at: "perSecond") ?? 0
        cursor = text.text(at: "cursor")
        detail = text.text(at: "detail")
        owner = text.text(at: "owner") ?? ""
        failures =
            (text.slice(at: [Array("failures".utf8)])?.elements).map(Array.init)?.compactMap { element in
                let failure = JSONText(trusted: Array(element))
                guard let path = failure.text(at: "path"), let detail = failure.text(at: "detail") else { return nil }
                return Failure(path: path, detail: detail)
            } ?? []
        version = record.version
    }

    /// Writes its members.
    public func write(to writer: inout JSONWriter) {
        writer.member("kind", kind)
        writer.member("parameters", parameters)
        writer.member("state", state.rawValue)
        writer.member("detail", detail)
        writer.member("examined", examined)
        writer.member("changed", changed)
        writer.member("unchanged", unchanged)
        writer.member("failed", failed)
        writer.array("failures", of: failures) { writer, failure in
            writer.object { writer in
                writer.member("path", failure.path)
                writer.member("detail", failure.detail)
            }
        }
        writer.member("cursor", cursor)
        writer.member("rate", rate)
        writer.member("perSecond", perSecond)
        writer.member("startedAt", startedAt.rfc3339)
        writer.member("updatedAt", updatedAt.rfc3339)
        writer.member("owner", owner.isEmpty ? nil : owner)
        writer.member("leasedUntil", leasedUntil.rfc3339)
    }

    /// The write of its state, on the condition that no other process wrote it meanwhile.
    func write(at key: Key) -> WriteRequest {
        var writer = JSONWriter(reserving: 1024)
        writer.object { write(to: &$0) }
        var options = WriteOptions(view: .leaf)
        options.precondition.ifVersion = version
        return WriteRequest(Put(writer.text), at: key, options)
    }
}

/// Its progress.
extension Job {
    /// The longest ``Failure/detail``.
    private static let detailLength = 300

    /// The job after a batch of leaves.
    func advanced(by batch: JobBatch) -> Job {
        var next = self
        next.examined += batch.items.count + batch.unchanged
        next.unchanged += batch.unchanged
        for item in batch.items {
            switch item.outcome {
            case .write, .change: next.changed += 1
            case .unchanged: next.unchanged += 1
            case .failed(let detail):
                next.failed += 1
                guard next.failures.count < Self.mostFailures else { continue }
                next.failures.append(Failure(path: item.key.path, detail: String(detail.prefix(Self.detailLength))))
            }
        }
        if let cursor = batch.cursor { next.cursor = cursor.path }
        if batch.isEnd { next.state = .done }
        return next
    }
}
