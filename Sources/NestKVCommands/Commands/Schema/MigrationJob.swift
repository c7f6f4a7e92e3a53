import MicroJSON

/// A job of a server that migrates stored values.
struct MigrationJob {
    /// Where it is: `/__schema/_jobs/7`.
    let path: String
    /// What the server says of it.
    let reply: JSONText

    init(_ path: String, _ reply: JSONText) {
        (self.path, self.reply) = (path, reply)
    }

    /// Its name, as `--stop` takes it.
    var id: String { String(path.split(separator: "/").last ?? "") }
    var isRunning: Bool { reply.text(at: "state") == "running" }
    /// Whether it reached its end, and every leaf could be migrated.
    var hasSucceeded: Bool { reply.text(at: "state") == "done" && number("failed") == 0 }

    /// How far it is, in one line.
    var progress: String {
        "\(number("examined")) leaves examined, \(number("changed")) changed, \(number("failed")) failed, "
            + "\(number("perSecond"))/s"
    }

    /// What came of it, in one line.
    var summary: String {
        let counts =
            "\(number("examined")) leaves examined, \(number("changed")) changed, \(number("unchanged")) unchanged, "
            + "\(number("failed")) failed"
        let detail = reply.text(at: "detail").map { " \($0)" } ?? ""
        let isDry = reply.slice(at: [Array("parameters".utf8), Array("dryRun".utf8)]) == .true
        let state = reply.text(at: "state") ?? "unknown"
        return SchemaErrorLine.plain("\(isDry ? "Dry run" : "Job") \(id) is \(state): \(counts).\(detail)")
    }

    /// The leaves that could not be migrated, a line each.
    var failures: [String] {
        let failures = (reply.slice(at: [Array("failures".utf8)]) ?? .emptyArray).elements.map { element in
            let failure = JSONText(trusted: Array(element))
            return SchemaErrorLine.text(failure.text(at: "path"), at: "", failure.text(at: "detail") ?? "")
        }
        let more = number("failed") - failures.count
        return failures + (more > 0 ? ["\(more) more leaves failed."] : [])
    }

    private func number(_ name: String) -> Int { reply.number(at: name) ?? 0 }
}
