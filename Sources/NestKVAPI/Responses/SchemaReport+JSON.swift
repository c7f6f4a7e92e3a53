import JSONSchema
import MicroJSON
import NestKVCore
import NestKVStorage

extension SchemaReport {
    /// Writes its members into a problem. What isn't known is left out.
    func write(to body: inout JSONWriter) {
        if let path { body.member("path", path.path) }
        if let hash { body.member("schema", hash) }
        if let name { body.member("schemaName", name) }
        if let version { body.member("schemaVersion", version) }
        if let leaves { body.member("values", leaves) }
        if !bindings.isEmpty { body.array("bindings", of: bindings) { $0.string($1) } }
        if !migrations.isEmpty { body.array("migrations", of: migrations) { $0.string($1) } }
        if !unmigrated.isEmpty {
            body.member("errorCount", unmigratedCount)
            body.array("errors", of: unmigrated) { writer, value in writer.object { value.write(to: &$0) } }
        }
        compatibility?.write(to: &body)
        guard !errors.isEmpty else { return }
        body.member("errorCount", errors.count)
        body.array("errors", of: errors) { writer, error in writer.object { error.write(to: &$0) } }
    }
}

extension UnmigratedValue {
    /// Writes where it is, and what is wrong.
    fileprivate func write(to writer: inout JSONWriter) {
        switch source {
        case .stored(let key): writer.member("path", key.path)
        case .request(let pointer): writer.member("pointer", "#\(pointer)")
        case .schema(let pointer): writer.member("example", pointer)
        }
        writer.member("detail", detail)
    }
}

extension SchemaViolation {
    /// Writes its members: `pointer` and `detail` as in RFC 9457 §3, the locations as in JSON Schema's output.
    func write(to writer: inout JSONWriter) {
        writer.member("pointer", pointer)
        writer.member("instanceLocation", instanceLocation)
        writer.member("keywordLocation", keywordLocation)
        writer.member("keyword", keyword)
        writer.member("detail", detail)
        if let branch { writer.member("branch", branch) }
    }
}
