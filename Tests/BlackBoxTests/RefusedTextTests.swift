import TestSupport
import Testing

/// A text that doesn't follow its grammar is refused with the same sentence, wherever it is.
@Suite(.timeLimit(.minutes(2)))
struct RefusedTextTests {
    private static let duration = "is 'soon'; it must be a duration like 500ms, 30s, 5m, 2h or 7d, from"

    @Test func `a duration in a request`() async throws {
        try await withService { service in
            let client = service.client()
            func detail(_ reply: Reply, _ status: Int = 400) throws -> String {
                #expect(reply.status == status)
                return try reply.part("/detail")?.text.description ?? ""
            }
            let sentence = Self.duration + " 1ms to 36500d."
            let query = try await client.send("PUT", "/e/a?ttl=soon", body: "1")
            #expect(try detail(query).contains("The query parameter 'ttl' \(sentence)"))
            let header = try await client.send("PUT", "/e/a", headers: [("Nestkv-TTL", "soon")], body: "1")
            #expect(try detail(header).contains("Nestkv-TTL \(sentence)"))
            let settings = try await client.send("PUT", "/_entrypoints/e", body: #"{"ttl":"soon"}"#)
            #expect(try detail(settings).contains("The member 'ttl' \(sentence)"))
            let operation = #"{"method":"PUT","path":"/e/a","value":1,"ttl":"soon"}"#
            let batch = try await client.send("POST", "/_batch", body: #"{"operations":[\#(operation)]}"#)
            #expect(batch.text.contains("The member 'ttl' \(sentence)"), "\(batch.text)")
            let transaction = try await client.send("POST", "/_transaction", body: #"{"operations":[\#(operation)]}"#)
            #expect(transaction.text.contains("The member 'ttl' \(sentence)"), "\(transaction.text)")
            let wait = try await client.send("GET", "/e?since=now&wait=soon")
            #expect(try detail(wait).contains("The query parameter 'wait' \(Self.duration) 0s to"))
        }
    }

    @Test func `a whole number in a request`() async throws {
        try await withService { service in
            let client = service.client()
            let query = try await client.send("GET", "/e?keys&limit=x")
            #expect(
                query.text.contains("The query parameter 'limit' is 'x'; it must be a whole number from 1 to 1000."))
            let member = try await client.send("PUT", "/_entrypoints/e", body: #"{"history":"x"}"#)
            #expect(member.text.contains("The member 'history' is 'x'; it must be a whole number from 0 to 64."))
            let versions = "it must be a version, a whole number; 0 means that nothing is stored there."
            let header = try await client.send("PUT", "/e/a", headers: [("Nestkv-If-Version", "x")], body: "1")
            #expect(header.text.contains("Nestkv-If-Version is 'x'; \(versions)"))
            let operation = #"{"method":"DELETE","path":"/e/a","ifVersion":"x"}"#
            let batch = try await client.send("POST", "/_batch", body: #"{"operations":[\#(operation)]}"#)
            #expect(batch.text.contains("The member 'ifVersion' is 'x'; \(versions)"), "\(batch.text)")
        }
    }

    @Test(arguments: [
        (
            "/e/a?detph=1",
            "'detph' is not a parameter of a value; a value takes: leaf, entry, pretty, shallow, depth, tag, schema."
        ),
        ("/e/a?wait=1s", "'wait' is not a parameter of a value, but of a long poll ('since'); a value takes: "),
        ("/e/a?history&at=1", "'at' is not a parameter of a history, but of a past value ('at'); a history takes: "),
        ("/e/a?keys&count&limit=1", "'limit' is not a parameter of a count of keys, but of a long poll ('since'), "),
        (
            "/_events?since=now&snapshot",
            "'snapshot' is not a parameter of a long poll, but of a stream of events ('Accept: text/event-stream'); "
        ),
    ])
    func `a parameter that a reading doesn't take`(_ target: String, _ sentence: String) async throws {
        try await withService { service in
            let reply = try await service.client().send("GET", target)
            #expect(reply.status == 400 && reply.text.contains(sentence), "\(reply.text)")
        }
    }

    // Given: a transaction with "if":[{"path":"/e/a","version":7}]. Came back: "Nestkv-If-Version is 7, …".
    // Should: the name that the sender used.
    @Test func `a failed condition is called as its sender called it`() async throws {
        try await withService { service in
            let client = service.client()
            func check(_ name: String, _ request: HTTPRequest) async throws {
                let reply = try await client.send(request)
                #expect(reply.text.contains("\(name) is 7, but the current version is 1."), "\(reply.text)")
            }
            _ = try await client.send("PUT", "/e/a", body: "1")
            let write = HTTPRequest("PUT", "/e/a", headers: [("Nestkv-If-Version", "7")], body: Array("2".utf8))
            try await check("Nestkv-If-Version", write)
            let operation = #"{"method":"PUT","path":"/e/a","value":2,"ifVersion":7}"#
            for path in ["/_batch", "/_transaction"] {
                let body = #"{"operations":[\#(operation)]}"#
                try await check("'ifVersion'", HTTPRequest("POST", path, body: Array(body.utf8)))
            }
            let condition = #"{"if":[{"path":"/e/a","version":7}],"operations":[]}"#
            try await check("'version'", HTTPRequest("POST", "/_transaction", body: Array(condition.utf8)))
        }
    }

    @Test(arguments: [
        (["--idle-timeout", "soon"], "--idle-timeout \(duration) 1ms to 36500d."),
        (
            ["--store", "redis://localhost:1?rescan=soon"],
            "The parameter 'rescan' of --store \(duration) 1ms to 36500d."
        ),
        (["--store", "nats://localhost:1?ttl=soon"], "The parameter 'ttl' of --store \(duration) 100ms to 36500d."),
        (["--max-value-size", "1MB"], "is '1MB'; it must be a number of bytes like 4096, 64KiB or 1MiB, from 1 to"),
        (
            ["--store", "rocksdb:/nowhere?cache=1MB"],
            "is '1MB'; it must be a number of bytes like 4096, 64KiB or 1MiB,"
        ),
        (["--log-format", "xml"], "--log-format is 'xml'; it must be 'text' or 'json'."),
        (
            ["--store", "rocksdb:/nowhere?sync=yes"],
            "The parameter 'sync' of --store is 'yes'; it must be 'on' or 'off'."
        ),
    ])
    func `a setting or a parameter of a store`(_ options: [String], _ sentence: String) async throws {
        let store = options[0] == "--store" ? [] : ["--store", "memory:"]
        let (status, _, errors) = try await ServiceProcess.run(["serve", "--port", "0"] + store + options)
        #expect(status == .exit(2) && errors.contains(sentence), "\(errors)")
    }

    // Given: redis://…?rescan=1h, nats://…?ttl=500ms, timeout=2. Came back: exit code 2, "a time such as '500ms'".
    // Should: the same durations everywhere; these stop only because no server listens.
    @Test(arguments: [
        "redis://127.0.0.1:1?rescan=1h&timeout=2", "redis://127.0.0.1:1?rescan=7d&timeout=500ms",
        "nats://127.0.0.1:1?ttl=500ms", "nats://127.0.0.1:1?ttl=3600&cache=0",
    ])
    func `a duration in the address of a store`(_ address: String) async throws {
        let (status, _, errors) = try await ServiceProcess.run(["serve", "--port", "0", "--store", address])
        #expect(status == .exit(1) && errors.contains("127.0.0.1:1"), "\(errors)")
    }
}
