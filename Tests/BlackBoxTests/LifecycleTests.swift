import Glibc
import MicroJSON
import TestSupport
import Testing

/// Starting, stopping and starting again.
@Suite(.timeLimit(.minutes(3)))
struct LifecycleTests {
    @Test(arguments: StoreKind.tested, [SIGTERM, SIGINT])
    func `a stop answers the request in flight, closes the store and exits 0`(
        _ store: StoreKind, _ signal: Int32
    ) async throws {
        let place = try await store.place()
        let service = try await ServiceProcess.start(store: place.address)
        let port = service.port
        let idle = HTTPClient(port: port)
        _ = try await idle.send("GET", "/_health/live")
        let reply = try await onThread {
            let connection = try Connection(port: port)
            try connection.send(
                Array("PUT /a/b HTTP/1.1\r\nHost: localhost\r\nExpect: 100-continue\r\nContent-Length: 5\r\n\r\n".utf8))
            // The 100 says that the service has the header and waits for the body.
            guard try connection.readReply().status == 100 else { throw TestFailure("no 100") }
            try connection.send(Array("[1".utf8))
            service.signal(signal)
            while (try? Connection(port: port)) != nil { usleep(2000) }
            try connection.send(Array(",2]".utf8))
            return try connection.readReply()
        }
        withExtendedLifetime(idle) {}
        #expect(reply.status == 201)
        #expect(try await service.stop(0) == .exit(0))
        #expect(service.log.contains("nestkv has stopped"))
        withExtendedLifetime(place) {}
    }

    @Test func `a restart on RocksDB keeps values, versions, histories and what was deleted`() async throws {
        let place = try await StoreKind.rocksdb.place()
        let address = place.address
        let first = try await ServiceProcess.start(store: address)
        var client = first.client()
        for number in 1...3 {
            _ = try await client.send(
                "PUT", "/a/leaf", headers: [("Nestkv-Modified-By", "u\(number)"), ("Nestkv-Tags", "t")],
                body: #"{"n":\#(number).0}"#)
        }
        _ = try await client.send("PUT", "/a/tree?flatten", body: #"{"x":{"y":1e2},"z":[]}"#)
        _ = try await client.send("PUT", "/b/gone", body: "1")
        _ = try await client.send("DELETE", "/b/gone")
        let targets = [
            "/a", "/a/leaf?entry", "/a/leaf?history", "/a/leaf?version=1", "/a/tree", "/b/gone?history", "/b",
        ]
        var before: [Reply] = []
        for target in targets { before.append(try await client.send("GET", target)) }
        #expect(try await first.stop() == .exit(0))

        let second = try await ServiceProcess.start(store: address)
        client = second.client()
        for (target, old) in zip(targets, before) {
            let new = try await client.send("GET", target)
            #expect(new.status == old.status && (new.status == 404 || new.body == old.body), "\(target): \(new.text)")
            #expect(new["ETag"] == old["ETag"] && new["Nestkv-Version"] == old["Nestkv-Version"], "\(target)")
        }
        let tag = before[1]["ETag"] ?? ""
        let next = try await client.send("PUT", "/a/leaf", headers: [("If-Match", tag)], body: "4")
        #expect(next.status == 200 && next["Nestkv-Version"] == "4")
        #expect(try await client.send("PUT", "/b/gone", body: "3")["Nestkv-Version"] == "3")
        let revision = before[0]["Nestkv-Revision"].flatMap { Int($0) } ?? 0
        #expect(next["Nestkv-Revision"].flatMap { Int($0) } ?? 0 > revision)
        #expect(try await second.stop() == .exit(0))
        withExtendedLifetime(place) {}
    }

    @Test func `a store in memory is empty after a restart, and its old tags match nothing`() async throws {
        let tag = try await withService { service in
            try await service.client().send("PUT", "/a/b", body: "1")["ETag"] ?? ""
        }
        try await withService { service in
            let client = service.client()
            #expect(try await client.send("GET", "/a/b").status == 404)
            _ = try await client.send("PUT", "/a/b", body: "2")
            #expect(try await client.send("PUT", "/a/b", headers: [("If-Match", tag)], body: "3").status == 412)
        }
    }

    @Test func `each request is one line with method, path, status, duration, bytes, request and transaction`()
        async throws
    {
        try await withService { service in
            let client = service.client()
            _ = try await client.send("PUT", "/a/b%20c?pretty", headers: [("X-Request-Id", "id-1")], body: "1")
            let line = try await service.logLine(with: "request=id-1")
            for part in [
                " info ", "method=PUT", "path=/a/b%20c", "status=201", "microseconds=", "bytes=", "transaction=tx-",
            ] {
                #expect(line.contains(part), "'\(part)' is not in: \(line)")
            }
            let parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
            _ = try await client.send("GET", "/a", headers: [("traceparent", parent)])
            let traced = try await service.logLine(with: "request=0af7651916cd43dd8448eb211c80319c")
            #expect(traced.contains("traceparent=\(parent)"))
            _ = try await client.send("GET", "/a", headers: [("X-Request-Id", "has space")])
            #expect(!service.log.contains("has space"))
        }
    }

    @Test func `with --log-format json each line is an object`() async throws {
        try await withService(.memory, ["--log-format", "json", "--log-level", "debug"]) { service in
            let client = service.client()
            _ = try await client.send("PUT", "/a/%22q%22", headers: [("X-Request-Id", "id\"2")], body: "1")
            _ = try await service.logLine(with: #"id\"2"#)
            var requests = 0
            for line in service.log.split(separator: "\n") where !line.contains("listens on") {
                let entry = json(String(line))
                #expect(entry.value(at: [Array("time".utf8)]) != nil && entry.value(at: [Array("level".utf8)]) != nil)
                if entry.value(at: [Array("request".utf8)]) == .string("id\"2") {
                    requests += 1
                    // Logged: "status":"201". Should be: a number.
                    #expect(entry.value(at: [Array("status".utf8)]) == .integer(201))
                    #expect(entry.value(at: [Array("microseconds".utf8)])?.kind == .number)
                }
            }
            #expect(requests >= 1)
        }
    }

    @Test func `at debug each store operation has lines with start, end, outcome and duration`() async throws {
        try await withService(.memory, ["--log-level", "debug"]) { service in
            _ = try await service.client().send("PUT", "/a/b", body: "1")
            let line = try await service.logLine(with: "operation=put outcome=")
            #expect(line.contains(" debug ") && line.contains("operation=put") && line.contains("microseconds="))
            #expect(service.log.contains("store operation starts"))
        }
    }
}
