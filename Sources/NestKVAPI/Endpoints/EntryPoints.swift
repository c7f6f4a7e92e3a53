import MicroHTTP
import MicroJSON
import MicroText
import NestKVCore
import NestKVStorage

extension Route {
    private static let entryPoint = "/_entrypoints/{name}"
    private static let listLimit = 1000

    /// `GET /_entrypoints`: lists the entry points that hold values or have settings.
    static let listEntryPoints = Route(.get, "/_entrypoints", needs: .read, parameters: ["after", "limit", "pretty"]) {
        call in
        let limit = try call.query.number("limit", in: 1...listLimit) ?? listLimit
        let after = call.query.text("after").map { Array($0.utf8) }
        let used = try await call.store.names(below: .root, after: after, limit: limit + 1)
        let made = try await call.ownStore.names(below: EntryPointCatalog.root, after: after, limit: limit + 1)
        let names = Set(used + made).sorted { $0.lexicographicallyPrecedes($1) }
        return try call.json { writer in
            writer.array("entryPoints", of: names.prefix(limit)) { $0.string(utf8: $1) }
            writer.member("next", names.count > limit ? String(decoding: names[limit - 1], as: UTF8.self) : nil)
        }
    }

    /// `GET /_entrypoints/{name}`: returns its settings.
    static let getEntryPoint = Route(.get, entryPoint, needs: .read, parameters: ["pretty"]) { call in
        let name = try call.entryPointName()
        return try call.entryPointResponse(name, try await call.knownEntryPoint(name))
    }

    /// `PUT /_entrypoints/{name}`: creates it, or replaces all its settings.
    static let putEntryPoint = Route(.put, entryPoint, needs: .admin, parameters: ["pretty"]) { call in
        try call.requireNoIdempotencyKey("the settings of an entry point")
        let name = try call.entryPointName()
        let settings = try call.entryPointSettings()
        let options = try call.writeOptions(.leaf)
        try await call.store.prepare(name, EntryPointSettings(settings))
        let result = try await call.ownStore.write(
            .put(.whole(settings)), at: EntryPointCatalog.key(of: name), options)
        let record = result.node.soleLeaf
        if let record { call.api.entryPoints.take(record) }
        var response = try call.entryPointResponse(name, record)
        response.status = result.isCreation ? 201 : 200
        response.add(.revision, String(result.revision))
        response.add(.durability, result.durability.rawValue)
        if result.isCreation { response.add(.location, call.api.keys.path(of: call.key)) }
        return response
    }

    /// `DELETE /_entrypoints/{name}`: deletes its settings, then everything in it.
    static let deleteEntryPoint = Route(.delete, entryPoint, needs: .admin, isDear: true) { call in
        try call.requireNoIdempotencyKey("the deletion of an entry point")
        let name = try call.entryPointName()
        let options = try call.writeOptions(.leaf)
        let key = EntryPointCatalog.key(of: name)
        var isKnown = true
        do throws(StoreError) {
            _ = try await call.ownStore.write(.delete, at: key, options)
            if let tombstone = try await call.ownStore.history(key, limit: 1).first {
                call.api.entryPoints.take(tombstone)
            }
        } catch {
            guard error.code == .notFound else { throw error }
            isKnown = false
        }
        let count = try await call.store.purge(Key([name]), options)
        guard isKnown || count > 0 else { throw unknown(name) }
        try await call.store.remove(name)
        return Response(status: 204)
    }

    /// `POST /_entrypoints/{name}?op=purge`: deletes everything in it.
    static let postEntryPoint = Route(.post, entryPoint, needs: .admin, parameters: ["op", "pretty"], isDear: true) {
        call in
        try call.requireNoIdempotencyKey("a purge")
        let name = try call.entryPointName()
        guard call.query.text("op") == "purge" else {
            throw Problem(
                .invalidParameter,
                "The query parameter 'op' must be 'purge', which deletes everything in the entry point.")
        }
        _ = try await call.knownEntryPoint(name)
        let count = try await call.store.purge(Key([name]), call.writeOptions(.leaf))
        return try call.json { writer in
            writer.member("leavesDeleted", count)
        }
    }

    /// `GET /_entrypoints/{name}/health`: returns what the entry point holds.
    static let entryPointHealth = Route(
        .get, entryPoint + "/health", needs: .read, parameters: ["pretty"], isDear: true
    ) { call in
        let name = try call.entryPointName()
        let settings = try await call.knownEntryPoint(name).flatMap { EntryPointSettings($0.value) }
        let usage = try await call.store.usage(of: Key([name]))
        let health = await call.store.health()
        return try call.json { writer in
            writer.member("name", utf8: name)
            writer.member("healthy", health.isReady)
            writer.member("values", usage.leaves)
            writer.member("bytes", usage.bytes)
            writer.member("lastRevision", usage.revision)
            writer.member("history", settings?.historyDepth ?? call.store.capabilities.historyDepth)
            writer.member("ttl", settings?.lifetime?.text)
        }
    }

    fileprivate static func unknown(_ name: [UInt8]) -> StoreError {
        StoreError(
            .unknownEntryPoint,
            "There is no entry point '\(String(decoding: name, as: UTF8.self))'; write a value to it, or create it "
                + "with 'PUT /_entrypoints/{name}'.")
    }
}

extension Call {
    /// The name in the path.
    fileprivate func entryPointName() throws(KeyError) -> [UInt8] {
        let name = Array(key.segments[1])
        // The rules for the first segment of a path apply.
        let key = Key([name])
        try api.keys.check(key, name: name)
        guard !key.isInternal else {
            throw KeyError(.invalid, "An entry point's name can't begin with '_'.")
        }
        return name
    }

    /// The leaf with an entry point's settings; nil when the entry point holds values but has no settings.
    fileprivate func knownEntryPoint(_ name: [UInt8]) async throws(StoreError) -> Record? {
        let node = try await ownStore.get(EntryPointCatalog.key(of: name), .leaf)
        if let record = node.soleLeaf { return record }
        guard try await !store.scan(Key([name]), after: nil, limit: 1).records.isEmpty else {
            throw Route.unknown(name)
        }
        return nil
    }

    /// - Parameter record: the leaf with the settings, if it exists.
    fileprivate func entryPointResponse(_ name: [UInt8], _ record: Record?) throws -> Response {
        let settings = record.map { EntryPointSettings($0.value) } ?? EntryPointSettings()
        var response = try json { writer in
            writer.member("name", utf8: name)
            writer.member("history", settings.historyDepth ?? store.capabilities.historyDepth)
            writer.member("ttl", settings.lifetime?.text)
            writer.member("maxValueSize", settings.valueBytes ?? store.limits.valueBytes)
            writer.member("replicas", settings.replicas ?? store.capabilities.replicas)
            writer.member("casRequired", settings.requiresPrecondition)
            writer.member("description", settings.description)
        }
        if let record {
            response.add(.eTag, record.etag.description)
            response.add(.version, String(record.version))
        }
        return response
    }

    /// The settings in the body, checked.
    fileprivate func entryPointSettings() throws -> JSONText {
        let body = request.body.isEmpty ? JSONText.emptyObject : try jsonBody()
        guard case .object(let members) = JSONValue(body) else {
            throw Problem(.invalidJSON, "The body must be an object with settings.")
        }
        for member in members {
            let name = String(decoding: member.name, as: UTF8.self)
            try check(name, in: members)
        }
        return body
    }

    /// Refuses a setting that doesn't exist or has an invalid value.
    private func check(_ name: String, in members: JSONObject) throws(Problem) {
        switch name {
        case "history":
            _ = try members.read(name, .number(in: 0...store.capabilities.historyDepth), from: .number, .null)
        case "maxValueSize": _ = try members.read(name, .number(in: 1...store.limits.valueBytes), from: .number, .null)
        case "replicas":
            _ = try members.read(name, .number(in: 1...store.capabilities.replicasMax), from: .number, .null)
        case "ttl": _ = try members.read(name, .duration(), from: .string, .number, .null)
        case "casRequired": _ = try members.read(name, .boolean, from: .boolean, .null)
        case "description":
            let short = Grammar("a string of at most \(Request.textLimit) bytes") { text in
                text.utf8.count <= Request.textLimit ? text : nil
            }
            _ = try members.read(name, short, from: .string, .null)
        default:
            let known = EntryPointSettings.names.joined(separator: ", ")
            throw Problem(.invalidJSON, "There is no setting '\(name)'. Known settings: \(known).")
        }
    }
}
