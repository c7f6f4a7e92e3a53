import Glibc
import MicroJSON
import TestSupport
import Testing

/// Jobs that migrate what is stored, beyond single requests: they are stopped, their processes are killed, and several
/// processes share a store.
@Suite(.timeLimit(.minutes(5 * TestLength.factor)))
struct SchemaJobTests {
    /// Short, so that the tests needn't wait for long.
    private static let options = ["--schema-job-lease", "1s"]

    /// Registers two versions of the schema `user` with a migration, and stores so many leaves of the first one.
    private static func fill(_ count: Int, _ client: HTTPClient) async throws {
        for text in [#"{"required":["name"]}"#, #"{"required":["fullName"],"maxProperties":1}"#] {
            #expect(try await client.send("PUT", "/__schema/user", body: text).status < 300)
        }
        let steps = #"{"up":[{"op":"rename","path":"/name","to":"fullName"}]}"#
        #expect(try await client.send("PUT", "/__schema/_migrations/user@1..user@2", body: steps).status == 201)
        for start in stride(from: 0, to: count, by: 500) {
            let operations = (start..<min(start + 500, count)).map {
                #"{"method":"PUT","path":"/users/\#($0 % 7)/\#($0)","value":{"name":"n\#($0)"},"schema":"user@1"}"#
            }
            let body = #"{"operations":[\#(operations.joined(separator: ","))]}"#
            let reply = try await client.send("POST", "/_batch", body: body)
            #expect(reply.status == 200 && !reply.text.contains(#""error""#), "\(reply.text.prefix(400))")
        }
    }

    /// Starts a job.
    ///
    /// - Returns: its path.
    private static func start(_ body: String, _ client: HTTPClient) async throws -> String {
        let reply = try await client.send("POST", "/__schema/user?op=migrate", body: body)
        #expect(reply.status == 202, "\(reply.text)")
        return try #require(reply["Location"])
    }

    /// The state of a job, which is no longer running unless the time is up.
    private static func state(_ job: String, wait: String = "60s", _ client: HTTPClient) async throws -> Reply {
        var reply = try await client.send("GET", "\(job)?wait=\(wait)")
        // A store that was just opened may not answer in time.
        for _ in 0..<100 where reply.status == 503 {
            try await Task.sleep(for: .milliseconds(200))
            reply = try await client.send("GET", "\(job)?wait=\(wait)")
        }
        #expect(reply.status == 200, "\(reply.text)")
        return reply
    }

    private static func number(_ name: String, _ reply: Reply) throws -> Int {
        try #require(try reply.part("/\(name)")?.text.integer())
    }

    /// Waits until a job has changed so many leaves.
    private static func progress(_ job: String, _ count: Int, _ client: HTTPClient) async throws {
        try await eventually("\(count) leaves are changed", seconds: 60 * TestLength.factor) {
            try await number("changed", state(job, wait: "0s", client)) >= count
        }
    }

    /// Each leaf has the new shape, and was written exactly twice: by the test and by the job.
    private static func expectAllMigrated(_ count: Int, _ client: HTTPClient) async throws {
        var found = 0
        for folder in 0..<7 {
            var cursor = ""
            repeat {
                let page = try await client.send("GET", "/users/\(folder)?keys&entry&limit=500\(cursor)")
                guard case .array(let leaves)? = try page.part("/entries") else { throw TestFailure(page.text) }
                for leaf in leaves {
                    let number = leaf.text.text(at: "path")?.split(separator: "/").last ?? ""
                    #expect(leaf.text.text(at: "value", "fullName") == "n\(number)")
                    #expect(leaf.text.number(at: "metadata", "version") == 2, "\(leaf.text)")
                    found += 1
                }
                cursor = try page.part("/next")?.text.description ?? "null"
                cursor = cursor == "null" ? "" : "&cursor=\(cursor.dropFirst().dropLast())"
            } while !cursor.isEmpty
        }
        #expect(found == count)
    }

    @Test(arguments: StoreKind.tested)
    func `a job that is stopped changes nothing more, and another one does the rest`(_ store: StoreKind) async throws {
        try await withService(store, Self.options) { service in
            let client = service.client()
            try await Self.fill(1000, client)
            let job = try await Self.start(#"{"rate":500}"#, client)
            try await Self.progress(job, 50, client)
            #expect(try await client.send("DELETE", job).status == 204)
            let stopped = try await Self.state(job, client)
            #expect(try stopped.part("/state") == json(#""stopped""#), "\(stopped.text)")
            #expect(try Self.number("changed", stopped) < 1000)
            try await Task.sleep(for: .milliseconds(500))
            #expect(try await Self.state(job, client).text == stopped.text)
            let rest = try await Self.state(try await Self.start(#"{"rate":0}"#, client), client)
            #expect(try rest.part("/state") == json(#""done""#) && Self.number("examined", rest) == 1000)
            try await Self.expectAllMigrated(1000, client)
            #expect(try await client.send("DELETE", job).status == 204)
            #expect(try await client.send("GET", job).status == 404)
        }
    }

    @Test(arguments: StoreKind.tested)
    func `a job that only tries writes nothing and says what it would do`(_ store: StoreKind) async throws {
        try await withService(store, Self.options) { service in
            let client = service.client()
            try await Self.fill(300, client)
            _ = try await client.send(
                "PUT", "/users/bad", headers: [("Nestkv-Schema", "user@1")], body: #"{"name":"a","age":1}"#)
            let before = try await client.send("GET", "/users?keys&entry&limit=1000").text
            let tried = try await Self.state(try await Self.start(#"{"dryRun":true,"rate":0}"#, client), client)
            #expect(try Self.number("changed", tried) == 300 && Self.number("failed", tried) == 1, "\(tried.text)")
            #expect(try tried.part("/failures/0/path") == json(#""/users/bad""#))
            #expect(try await client.send("GET", "/users?keys&entry&limit=1000").text == before)
            #expect(try await client.send("GET", "/_metrics").text.contains(Self.metric("changed", 0)))
            let done = try await Self.state(try await Self.start(#"{"rate":0}"#, client), client)
            #expect(try Self.number("changed", done) == 300 && Self.number("failed", done) == 1, "\(done.text)")
            let metrics = try await client.send("GET", "/_metrics").text
            #expect(metrics.contains(Self.metric("changed", 300)) && metrics.contains(Self.metric("failed", 2)))
        }
    }

    private static func metric(_ outcome: String, _ count: Int) -> String {
        "nestkv_schema_job_leaves_total{outcome=\"\(outcome)\"} \(count)\n"
    }

    @Test(arguments: StoreKind.tested.filter { $0 != .memory })
    func `a job goes on after kill -9, and changes each leaf once`(_ store: StoreKind) async throws {
        let count = TestLength.times(5000)
        let place = try await store.place()
        var service = try await ServiceProcess.start(store: place.address, Self.options)
        try await Self.fill(count, service.client())
        let job = try await Self.start(#"{"rate":4000}"#, service.client())
        for kill in 1...5 {
            try await Self.progress(job, count * kill / 8, service.client())
            service.signal(SIGKILL)
            _ = try await service.stop(0)
            service = try await ServiceProcess.start(store: place.address, Self.options)
        }
        let client = service.client()
        try await eventually("the job ends", seconds: 60 * TestLength.factor) {
            try await Self.state(job, wait: "1s", client).part("/state") != json(#""running""#)
        }
        let done = try await Self.state(job, client)
        #expect(try done.part("/state") == json(#""done""#), "\(done.text)")
        #expect(try Self.number("examined", done) == count && Self.number("failed", done) == 0, "\(done.text)")
        // Where leaves and the job's state are not one commit, a batch may be counted as unchanged.
        let changed = try Self.number("changed", done)
        #expect(store == .nats ? (count - 600...count).contains(changed) : changed == count, "\(done.text)")
        try await Self.expectAllMigrated(count, client)
        #expect(try await service.stop() == .exit(0))
        withExtendedLifetime(place) {}
    }

    @Test(arguments: StoreKind.sharing)
    func `one of two processes works on a job, and the other one goes on when it ends`(
        _ store: StoreKind
    ) async throws {
        let place = try await store.place()
        let services = [
            try await ServiceProcess.start(store: place.address, Self.options),
            try await ServiceProcess.start(store: place.address, Self.options),
        ]
        let clients = services.map { $0.client() }
        try await Self.fill(2000, clients[0])
        let job = try await Self.start(#"{"rate":1000}"#, clients[0])
        try await Self.progress(job, 100, clients[1])
        let owner = try #require(try await Self.state(job, wait: "0s", clients[1]).part("/owner"))
        try await Self.progress(job, 500, clients[1])
        #expect(try await Self.state(job, wait: "0s", clients[1]).part("/owner") == owner, "it has changed hands")
        let worker = try #require(services.firstIndex { $0.log.contains("goes on after 0 leaves") })
        #expect(services.count { $0.log.contains("goes on after") } == 1)
        services[worker].signal(SIGKILL)
        let other = clients[1 - worker]
        let done = try await Self.state(job, other)
        #expect(try done.part("/state") == json(#""done""#), "\(done.text)")
        #expect(try Self.number("examined", done) == 2000 && Self.number("failed", done) == 0, "\(done.text)")
        #expect(services[1 - worker].log.contains("goes on after"))
        try await Self.expectAllMigrated(2000, other)
        #expect(try await services[1 - worker].stop() == .exit(0))
        withExtendedLifetime(place) {}
    }

    @Test(arguments: StoreKind.tested.filter { $0 != .memory })
    func `a process that stops gives its job back`(_ store: StoreKind) async throws {
        let place = try await store.place()
        let first = try await ServiceProcess.start(store: place.address, ["--schema-job-lease", "1h"])
        try await Self.fill(1000, first.client())
        let job = try await Self.start(#"{"rate":500}"#, first.client())
        try await Self.progress(job, 50, first.client())
        #expect(try await first.stop() == .exit(0))
        let second = try await ServiceProcess.start(store: place.address, ["--schema-job-lease", "1h"])
        let done = try await Self.state(job, second.client())
        #expect(try done.part("/state") == json(#""done""#) && Self.number("changed", done) == 1000, "\(done.text)")
        try await Self.expectAllMigrated(1000, second.client())
        #expect(try await second.stop() == .exit(0))
        withExtendedLifetime(place) {}
    }

    @Test(arguments: StoreKind.tested)
    func `clients that write meanwhile lose nothing`(_ store: StoreKind) async throws {
        try await withService(store, Self.options) { service in
            let client = service.client()
            try await Self.fill(700, client)
            let job = try await Self.start(#"{"rate":2000}"#, client)
            let port = service.port
            // Each client changes one leaf, in whichever shape it finds it, by its version.
            let written = Counter()
            _ = try await inParallel(port, clients: 4) { index, connection in
                for round in 0..<200 {
                    let path = "/users/\(index)/\(index + 7 * (round % 100))"
                    let old = try connection.send(HTTPRequest("GET", "\(path)?entry"))
                    guard let version = try old.part("/metadata/version")?.text.description else { continue }
                    let isOld = old.text.contains(#""name""#)
                    let body = isOld ? #"{"name":"c\#(round)"}"# : #"{"fullName":"c\#(round)"}"#
                    let reply = try connection.send(
                        HTTPRequest(
                            "PUT", path,
                            headers: [
                                ("Nestkv-If-Version", version), ("Nestkv-Schema", isOld ? "user@1" : "user@2"),
                            ], body: Array(body.utf8)))
                    if reply.status < 300 { written.increase() }
                }
            }
            let done = try await Self.state(job, client)
            #expect(try done.part("/state") == json(#""done""#) && Self.number("failed", done) == 0, "\(done.text)")
            let changed = try Self.number("changed", done)
            // Those written behind the job's cursor in the old shape are left to a second one.
            let second = try await Self.state(try await Self.start(#"{"rate":0}"#, client), client)
            let all = try await client.send("GET", "/users?keys&entry&limit=1000")
            guard case .array(let leaves)? = try all.part("/entries") else { throw TestFailure(all.text) }
            var versions = 0
            for leaf in leaves {
                #expect(leaf.text.text(at: "value", "fullName") != nil, "\(leaf.text)")
                versions += leaf.text.number(at: "metadata", "version") ?? 0
            }
            // Each change of a leaf is one that was acknowledged.
            let again = try Self.number("changed", second)
            #expect(leaves.count == 700 && versions == 700 + written.value + changed + again)
        }
    }
}
