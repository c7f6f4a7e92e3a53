import MicroJSON

/// A server's verdict on whether a schema can be the next version of a name.
struct CompatibilityVerdict {
    private let reply: JSONText

    /// Reads the reply to a check, or the problem of a refused registration.
    init(_ reply: JSONText) { self.reply = reply }

    /// Whether the schema can be registered.
    var isCompatible: Bool { reply.slice(at: [Array("compatible".utf8)]) == .true }

    /// The verdict as lines for people, and its reasons.
    func lines(for name: String) -> [String] {
        let level = reply.text(at: "level").map { " (\($0))" } ?? ""
        guard isCompatible else {
            return ["The schema can't be the next version of \(name)\(level)."] + reasons
        }
        var found = ""
        if reply.text(at: "static") != "yes", let examined = data?.number(at: "examined") {
            found = " The rules alone don't show it, but no stored value breaks it (\(examined) examined)."
        }
        return ["The schema can be the next version of \(name)\(level).\(found)"]
    }

    /// Why the schema can't be registered, a line for each rule and each example of a stored value.
    var reasons: [String] {
        var lines = elements(reply, "breaking").map { rule in
            // The keyword of the rule.
            let change = rule.text(at: "change").flatMap { $0.isEmpty ? nil : "'\($0)': " } ?? ""
            return SchemaErrorLine.text(nil, at: rule.text(at: "pointer") ?? "", change + (rule.text(at: "why") ?? ""))
        }
        if let witness = reply.slice(at: [Array("witness".utf8)]), witness != .null {
            lines.append("A value that follows one version and not the other: \(witness.description)")
        }
        guard let data, let examined = data.number(at: "examined"), let invalid = data.number(at: "invalid") else {
            return lines
        }
        for example in elements(data, "examples") {
            let path = example.text(at: "path") ?? ""
            let errors = example.slice(at: [Array("errors".utf8)]).map { SchemaErrorLine.lines(path, $0) } ?? []
            lines += errors.isEmpty ? [SchemaErrorLine.text(path, at: "", example.text(at: "detail") ?? "")] : errors
        }
        lines.append("\(invalid) of \(Self.values(examined)) \(invalid == 1 ? "breaks" : "break") the schema.")
        return lines
    }

    private var data: JSONText? {
        guard let data = reply.slice(at: [Array("data".utf8)]), data.kind == .object else { return nil }
        return data
    }

    private func elements(_ text: JSONText, _ name: String) -> [JSONText] {
        (text.slice(at: [Array(name.utf8)]) ?? .emptyArray).elements.map { JSONText(trusted: Array($0)) }
    }

    private static func values(_ count: Int) -> String { "\(count) stored value\(count == 1 ? "" : "s")" }
}
