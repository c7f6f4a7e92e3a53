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
        guard !errors.isEmpty else { return }
        body.member("errorCount", errors.count)
        body.array("errors", of: errors) { writer, error in writer.object { error.write(to: &$0) } }
    }
}

extension SchemaViolation {
    /// Writes its members: `pointer` and `detail` as in RFC 9457 §3, the locations as in JSON Schema's output.
    fileprivate func write(to writer: inout JSONWriter) {
        writer.member("pointer", pointer)
        writer.member("instanceLocation", instanceLocation)
        writer.member("keywordLocation", keywordLocation)
        writer.member("keyword", keyword)
        writer.member("detail", detail)
        if let branch { writer.member("branch", branch) }
    }
}
