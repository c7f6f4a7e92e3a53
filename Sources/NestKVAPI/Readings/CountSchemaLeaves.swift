import MicroHTTP
import MicroJSON
import NestKVCore

extension Reading {
    /// The number of leaves by version of a schema.
    static let leavesByVersion = Reading(
        "a count of leaves", selector: "count", parameters: ["count", "pretty"],
        isAskedFor: { call throws(Problem) in try call.query.flag("count") }
    ) { call in
        let name = String(decoding: call.key.name, as: UTF8.self)
        try SchemaReference.checkName(name, of: "a schema")
        let versions = try await call.schemaRegistry.leavesByVersion(of: name)
        return try call.json { writer in
            writer.array("versions", of: versions) { writer, version in
                writer.object { writer in
                    writer.member("version", version.version)
                    writer.member("hash", version.hash)
                    writer.member("leaves", version.leaves)
                }
            }
        }
    }
}
