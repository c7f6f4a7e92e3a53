import MicroHTTP
import MicroJSON
import NestKVCore
import NestKVStorage

extension Route {
    private static let migration = "/__schema/_migrations/{name}"

    /// `GET /__schema/_migrations`: lists all migrations.
    static let listMigrations = Route(.get, "/__schema/_migrations", needs: .read, parameters: ["pretty"]) { call in
        let migrations = call.api.schemas.allMigrations
        return try call.json { writer in
            writer.array("migrations", of: migrations) { writer, migration in
                writer.object { migration.write(to: &$0) }
            }
        }
    }

    /// `GET /__schema/_migrations/{name}`: returns a migration.
    static let getMigration = Route(.get, migration, needs: .read, parameters: ["pretty"]) { call in
        let node = try await call.ownStore.get(call.key, .leaf)
        guard let record = node.soleLeaf, let migration = SchemaMigration(record) else {
            throw StoreError(.notFound, "There is no migration '\(call.migrationName)'.")
        }
        return try call.migrationResponse(migration, record, nil)
    }

    /// `PUT /__schema/_migrations/{name}`: stores the steps from one schema to another one.
    static let putMigration = Route(
        .put, migration, needs: .admin, parameters: ["force", "pretty"], isDear: true
    ) { call in
        try call.requireNoIdempotencyKey("a migration")
        let options = try call.writeOptions(.leaf)
        let isForced = try call.query.flag("force")
        let (migration, schema, samples) = try call.migration(try call.jsonBody())
        let (result, proof) = try await call.schemaRegistry.register(
            migration, to: schema, samples: samples, isForced: isForced, options)
        guard let record = result.node.soleLeaf else { throw StoreError.notFound(call.key, .leaf) }
        var response = try call.migrationResponse(migration, record, proof)
        response.note(result, for: call)
        return response
    }

    /// `DELETE /__schema/_migrations/{name}`: deletes a migration.
    static let deleteMigration = Route(.delete, migration, needs: .admin) { call in
        try call.requireNoIdempotencyKey("the deletion of a migration")
        return try await call.ownStore.write(Delete(), at: call.key, try call.writeOptions(.leaf)).deletion
    }
}

extension Call {
    fileprivate var migrationName: String { String(decoding: key.name, as: UTF8.self) }

    /// The migration in a body, the schema that it brings along, and the samples.
    fileprivate func migration(
        _ body: JSONText
    ) throws -> (SchemaMigration, schema: JSONText?, samples: [JSONText]) {
        guard let (from, to) = SchemaMigration.references(inName: migrationName) else {
            throw KeyError(
                .invalid,
                "'\(migrationName)' can't be the name of a migration. It consists of two schemas, as in "
                    + "'user@1..user@2'; each is \(SchemaReference.fixedForms).")
        }
        guard case .object(let members) = JSONValue(body) else {
            throw Problem(.invalidJSON, "The body must be an object like \(Self.example).")
        }
        try members.requireOnly(["from", "to", "up", "down", "description", "schema", "samples"])
        for (member, expected) in [("from", from), ("to", to)] {
            let text = try members.read(member, .string, from: .string)
            guard text == nil || text.flatMap({ SchemaReference($0) }) == expected else {
                throw StoreError(
                    .notApplicable,
                    "The member '\(member)' is '\(text ?? "")', but in the path it is '\(expected)'; leave it out.")
            }
        }
        guard let up = members["up"] else {
            throw Problem(.invalidJSON, "A migration needs the member 'up', as in \(Self.example).")
        }
        let down = members["down"].flatMap { $0.kind == .null ? nil : $0.text }
        var samples: [JSONText] = []
        if let member = members["samples"] {
            guard case .array(let elements) = member else {
                throw Problem(.invalidJSON, "The member 'samples' must be an array of values.")
            }
            samples = elements.map(\.text)
        }
        let description = try members.read("description", .description, from: .string, .null)
        let migration = try SchemaMigration(from: from, to: to, up: up.text, down: down, description: description)
        return (migration, members["schema"]?.text, samples)
    }

    private static let example = #"{"up":[{"op":"rename","path":"/name","to":"fullName"}]}"#

    /// The response with a stored migration.
    fileprivate func migrationResponse(
        _ migration: SchemaMigration, _ record: Record, _ proof: MigrationProof?
    ) throws -> Response {
        var response = try json { writer in
            migration.write(to: &writer)
            if let proof { writer.object("proof") { proof.write(to: &$0) } }
        }
        response.add(.eTag, record.etag.description)
        response.add(.version, String(record.version))
        return response
    }
}

extension SchemaMigration {
    /// Writes its members.
    fileprivate func write(to writer: inout JSONWriter) {
        writer.member("name", name)
        writer.member("from", from.description)
        writer.member("to", to.description)
        writer.member("up", up)
        writer.member("down", down ?? .null)
        writer.member("description", description)
        writer.member("back", back.rawValue)
    }
}

extension MigrationProof {
    /// Writes its members.
    fileprivate func write(to writer: inout JSONWriter) {
        writer.member("examples", examples)
        writer.member("samples", samples)
        writer.member("leaves", leaves)
        writer.member("failed", failed)
    }
}
