import FoundationEssentials
import TestSupport
import Testing

/// Schemas beyond single requests: restarts, imports, metrics, the log and settings.
@Suite(.timeLimit(.minutes(3)))
struct SchemaServiceTests {
    private static let person = #"{"type":"object","required":["name"],"properties":{"age":{"minimum":0}}}"#

    /// Registers the schema `person`, and binds `/p/+` to it.
    private static func register(_ client: HTTPClient, mode: String = "enforce") async throws {
        #expect(try await client.send("PUT", "/__schema/person", body: person).status < 300)
        let binding = #"{"match":"/p/+","schema":"person","mode":"\#(mode)"}"#
        #expect(try await client.send("PUT", "/__schema/_bindings/p", body: binding).status == 201)
    }

    @Test func `bindings are in force after a restart`() async throws {
        let place = try await StoreKind.rocksdb.place()
        for round in 0..<2 {
            let service = try await ServiceProcess.start(store: place.address)
            let client = service.client()
            if round == 0 { try await Self.register(client) }
            let refused = try await client.send("PUT", "/p/a", body: "{}")
            #expect(refused.status == 422 && refused.text.contains("person@1"), "\(refused.text)")
            #expect(try await client.send("PUT", "/p/a", body: #"{"name":"n"}"#).status < 300)
            #expect(try await service.stop() == .exit(0))
        }
    }

    @Test(arguments: StoreKind.sharing)
    func `what one service registers is in force in another`(_ store: StoreKind) async throws {
        try await TwoServicesTests.withServices(store) { first, second in
            try await Self.register(first.client())
            let other = second.client()
            try await eventually("the other service refuses") {
                try await other.send("PUT", "/p/a", body: "{}").status == 422
            }
            #expect(try await other.send("GET", "/__schema/person").text == Self.person)
            #expect(try await first.client().send("DELETE", "/__schema/_bindings/p").status == 204)
            try await eventually("the other service takes it") {
                try await other.send("PUT", "/p/a", body: "{}").status < 300
            }
        }
    }

    @Test(arguments: StoreKind.tested)
    func `a reply that is kept changes with the bindings`(_ store: StoreKind) async throws {
        try await withService(store) { service in
            let client = service.client()
            #expect(try await client.send("PUT", "/p/a", body: "1").status == 201)
            for _ in 0..<5 { #expect(try await client.send("GET", "/p/a").text == "1") }
            try await Self.register(client)
            for _ in 0..<5 { #expect(try await client.send("GET", "/p/a").status == 422) }
            #expect(try await client.send("DELETE", "/__schema/_bindings/p").status == 204)
            for _ in 0..<5 { #expect(try await client.send("GET", "/p/a").text == "1") }
            for _ in 0..<5 { #expect(try await client.send("GET", "/p").text == #"{"a":1}"#) }
            try await Self.register(client)
            for _ in 0..<5 {
                let reply = try await client.send("GET", "/p")
                #expect(reply.text == "{}" && reply["Nestkv-Left-Out"] == "1")
            }
            #expect(try await client.send("PUT", "/p/a", body: #"{"name":"n"}"#).status == 200)
            #expect(try await client.send("GET", "/p").text == #"{"a":{"name":"n"}}"#)
        }
    }

    @Test(arguments: StoreKind.tested)
    func `a binding can store what was migrated by a read`(_ store: StoreKind) async throws {
        try await withService(store) { service in
            let client = service.client()
            try await Self.register(client)
            for name in ["a", "b"] {
                let reply = try await client.send("PUT", "/p/\(name)?ttl=1h", body: #"{"name":"n"}"#)
                #expect(reply.status == 201)
            }
            let migration = #"{"up":[{"op":"rename","path":"/name","to":"id"}],"schema":{"required":["id"]}}"#
            let path = "/__schema/_migrations/person@1..person@2"
            #expect(try await client.send("PUT", path, body: migration).status == 201)
            let binding = #"{"match":"/p/+","schema":"person","writeBack":true}"#
            #expect(try await client.send("PUT", "/__schema/_bindings/p", body: binding).status == 200)
            #expect(try await client.send("GET", "/p/a").text == #"{"id":"n"}"#)
            try await eventually("the leaf is stored in the new shape") {
                try await client.send("GET", "/p/a?schema=stored").text == #"{"id":"n"}"#
            }
            let entry = try await client.send("GET", "/p/a?entry")
            #expect(try entry.part("/metadata/modifiedBy") == .string("nestkv"))
            #expect(try entry.part("/metadata/comment") == .string("schema person@1 → person@2"))
            #expect(try entry.part("/metadata/expiresAt")?.kind == .string)
            #expect(try await client.send("GET", "/p/b?schema=stored").text == #"{"name":"n"}"#)
        }
    }

    @Test(arguments: StoreKind.sharing)
    func `what another program writes is checked when it is read`(_ store: StoreKind) async throws {
        let place = try await store.place()
        let service = try await ServiceProcess.start(store: place.address)
        let client = service.client()
        try await Self.register(client)
        #expect(try await client.send("PUT", "/p/a", body: #"{"name":"n"}"#).status == 201)
        let stream = try await service.following("/p/+")
        defer { stream.close() }
        let server = try #require(place.server)
        try await server.set(["p", "b"], to: #"{"name":"m"}"#)
        try await server.set(["p", "c"], to: #"{"age":-1}"#)
        try await eventually("the service sees what was written") {
            try await client.send("GET", "/p/c?schema=stored").status == 200
        }
        let refused = try await client.send("GET", "/p/c")
        #expect(refused.status == 422 && refused.text.contains("invalid-stored-value"), "\(refused.text)")
        #expect(try await client.send("GET", "/p/b").text == #"{"name":"m"}"#)
        let all = try await client.send("GET", "/p")
        #expect(all.text == #"{"a":{"name":"n"},"b":{"name":"m"}}"#)
        #expect(all["Nestkv-Left-Out"] == "1")
        let events = try await stream.wait(for: 2)
        #expect(events.first?.data.contains(#""value":{"name":"m"}"#) == true, "\(events)")
        #expect(events.last?.data.contains(#""value":null,"invalid":true"#) == true, "\(events)")
        #expect(try await service.stop() == .exit(0))
        withExtendedLifetime(place) {}
    }

    /// A value that was written between the examination and the registration must not be invalid in silence.
    @Test(arguments: StoreKind.tested)
    func `a registration tells of each invalid value that is written meanwhile`(_ store: StoreKind) async throws {
        try await withService(store) { try await Self.registerAmongWriters($0, writingTo: $0) }
    }

    @Test(arguments: StoreKind.sharing)
    func `a registration tells of what another service writes meanwhile`(_ store: StoreKind) async throws {
        try await TwoServicesTests.withServices(store) { try await Self.registerAmongWriters($0, writingTo: $1) }
    }

    private static func registerAmongWriters(
        _ service: ServiceProcess, writingTo other: ServiceProcess
    ) async throws {
        let client = service.client()
        _ = try await client.send("PUT", "/__schema/number", body: #"{"type":"integer"}"#)
        let binding = #"{"match":"/n/+","schema":"number"}"#
        #expect(try await client.send("PUT", "/__schema/_bindings/n", body: binding).status == 201)
        // Each writer writes large numbers and takes them back at once.
        let writers = Task {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<4 {
                    group.addTask {
                        let client = other.client()
                        for number in 0..<60 where !Task.isCancelled {
                            for value in [9, 1] {
                                _ = try await client.send("PUT", "/n/\(writer)-\(number % 5)", body: "\(value)")
                            }
                        }
                    }
                }
                try await group.waitForAll()
            }
        }
        var registration: Reply
        repeat {
            registration = try await client.send(
                "PUT", "/__schema/number", body: #"{"type":"integer","maximum":5}"#)
            #expect([200, 409].contains(registration.status), "\(registration.text)")
        } while registration.status == 409
        try await writers.value
        #expect(try registration.part("/data/examined") != nil, "\(registration.text)")
        let told = try registration.part("/data/invalid").flatMap { Int("\($0.text)") } ?? 0
        let check = try await client.send("POST", "/__schema/_bindings/n?op=check")
        let left = try check.part("/invalid").flatMap { Int("\($0.text)") } ?? .max
        #expect(left <= told, "\(registration.text) \(check.text)")
    }

    @Test func `an import keeps the schemas that the server has, and is checked`() async throws {
        let folder = try TemporaryFolder()
        let file = "\(folder.path)/p.ndjson"
        try await withService { source in
            let client = source.client()
            try await Self.register(client)
            for name in ["a", "b"] { _ = try await client.send("PUT", "/p/\(name)", body: #"{"name":"\#(name)"}"#) }
            #expect(try await source.command("export", "--output", file, "/p").status == .exit(0))
        }
        try await withService { target in
            let (status, _, errors) = try await target.command("import", file)
            #expect(
                status == .exit(0) && errors.ranges(of: "has no schema sha256:").count == 1, "\(errors)")
            let client = target.client()
            #expect(try await client.send("GET", "/p/a?entry").part("/metadata/schemaHash")?.kind == .null)
            #expect(try await client.send("PUT", "/__schema/person", body: Self.person).status == 201)
            #expect(try await target.command("import", file).status == .exit(0))
            #expect(try await client.send("GET", "/p/a?entry").part("/metadata/schemaHash")?.kind == .string)
            try Data(#"{"path":"/p/c","value":{}}"#.utf8).write(to: URL(filePath: file))
            try await Self.register(client)
            let refused = try await target.command("import", file)
            #expect(refused.status == .exit(1) && refused.errors.contains("'name' is missing"), "\(refused.errors)")
        }
    }

    @Test func `checks are counted, and a warning is logged once for a path`() async throws {
        try await withService { service in
            let client = service.client()
            try await Self.register(client, mode: "warn")
            for _ in 0..<3 { _ = try await client.send("PUT", "/p/a", body: #"{"age":-1}"#) }
            _ = try await client.send("PUT", "/p/b", body: #"{"name":"n"}"#)
            let metrics = try await client.send("GET", "/_metrics").text
            for line in [
                #"nestkv_schema_validations_total{side="write",outcome="valid"} 1"#,
                #"nestkv_schema_validations_total{side="write",outcome="invalid"} 3"#,
                #"nestkv_schema_bindings{mode="warn"} 1"#, #"nestkv_schema_bindings{mode="enforce"} 0"#,
                "nestkv_schemas 1",
            ] { #expect(metrics.contains(line + "\n"), "\(line)") }
            let warnings = service.log.split(separator: "\n").filter { $0.contains("in spite of its schema") }
            #expect(warnings.count == 1 && warnings[0].contains("/p/a"), "\(warnings)")
        }
    }

    @Test func `the limits on schemas are those that are set`() async throws {
        let options = ["--schema-steps", "1000", "--schema-errors", "2", "--schema-max-size", "200"]
        try await withService(.memory, options) { service in
            let client = service.client()
            _ = try await client.send("PUT", "/__schema/list", body: #"{"items":{"type":"integer"}}"#)
            let fields = [(name: "Nestkv-Schema", value: "list")]
            let long = "[" + Array(repeating: "1", count: 2000).joined(separator: ",") + "]"
            let costly = try await client.send("PUT", "/a", headers: fields, body: long)
            #expect(costly.status == 422 && costly.text.contains("schema-too-costly"), "\(costly.text)")
            let refused = try await client.send("PUT", "/a", headers: fields, body: #"["a","b","c"]"#)
            #expect(try refused.part("/errorCount")?.text == .integer(2), "\(refused.text)")
            let large = #"{"description":"\#(String(repeating: "x", count: 200))"}"#
            #expect(try await client.send("PUT", "/__schema/large", body: large).status == 413)
        }
    }
}
