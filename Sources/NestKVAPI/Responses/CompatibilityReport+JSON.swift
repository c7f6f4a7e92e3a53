import MicroJSON
import NestKVCore

extension CompatibilityReport {
    /// Writes its members.
    func write(to writer: inout JSONWriter) {
        writer.member("compatible", isCompatible)
        writer.member("level", level.rawValue)
        writer.member("static", verdict.rawValue)
        writer.array("breaking", of: breaking) { writer, rule in
            writer.object { writer in
                writer.member("pointer", rule.pointer)
                writer.member("change", rule.change)
                writer.member("why", rule.why)
                writer.member("version", rule.version)
                writer.member("direction", rule.direction.rawValue)
            }
        }
        if let witness { writer.member("witness", witness) }
        if let data { writer.object("data") { data.writeMembers(to: &$0) } }
    }
}

extension ExaminedValues {
    /// Writes its members.
    func writeMembers(to writer: inout JSONWriter) {
        writer.member("examined", examined)
        writer.member("invalid", invalid)
        writer.array("examples", of: examples) { writer, example in
            writer.object { writer in
                writer.member("path", example.path.path)
                if let detail = example.detail { writer.member("detail", detail) }
                writer.array("errors", of: example.errors) { writer, error in
                    writer.object { error.write(to: &$0) }
                }
            }
        }
    }
}
