import MicroHTTP
import MicroJSON
import NestKVCore

extension Route {
    /// `GET /__schema/_hashes`: lists the hashes of all schemas, with the versions of names that they are.
    static let listSchemaHashes = Route(
        .get, "/__schema/_hashes", needs: .read, parameters: ["after", "limit", "pretty"]
    ) { call in
        let limit = try call.query.number("limit", in: 1...1000) ?? 1000
        let after = call.query.text("after") ?? ""
        let hashes = call.api.schemas.allHashes.filter { $0.hash > after }
        return try call.json { writer in
            writer.array("hashes", of: hashes.prefix(limit)) { writer, schema in
                writer.object { writer in
                    writer.member("hash", schema.hash)
                    writer.array("versions", of: schema.versions) { $0.string($1.description) }
                }
            }
            writer.member("next", hashes.count > limit ? hashes[limit - 1].hash : nil)
        }
    }
}
