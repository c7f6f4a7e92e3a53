import MicroHTTP
import MicroJSON
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
        try await call.administration.prepare(name, EntryPointSettings(settings))
        let result = try await call.ownStore.write(
            Put(settings), at: EntryPointCatalog.key(of: name), options)
        let record = result.node.soleLeaf
        var response = try call.entryPointResponse(name, record)
        response.note(result, for: call)
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
            _ = try await call.ownStore.write(Delete(), at: key, options)
        } catch {
            guard error.code == .notFound else { throw error }
            isKnown = false
        }
        let count = try await call.store.purge(Key([name]), options)
        guard isKnown || count > 0 else { throw unknown(name) }
        try await call.administration.remove(name)
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
        let health = await call.administration.health()
        return try call.json { writer in
            writer.member("name", utf8: name)
            writer.member("healthy", health.isReady)
            writer.member("values", usage.leaves)
            writer.member("bytes", usage.bytes)
            writer.member("lastRevision", usage.revision)
            call.write(historyAndLifetimeOf: settings, to: &writer)
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
}
