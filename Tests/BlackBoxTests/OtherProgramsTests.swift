import MicroJSON
import TestSupport
import Testing

/// Beside other programs that write values into the same store that are not JSON.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct OtherProgramsTests {
    private static let deep = String(repeating: "[", count: 600) + String(repeating: "]", count: 600)

    /// Sets a key as another program does.
    private static func set(_ place: StorePlace, _ segments: String..., to text: String) async throws {
        try await #require(place.server).set(segments, to: text)
    }

    private static func withStore(
        _ store: StoreKind, _ body: (StorePlace, ServiceProcess, HTTPClient) async throws -> Void
    ) async throws {
        let place = try await store.place()
        let service = try await ServiceProcess.start(store: place.address)
        let client = service.client()
        _ = try await client.send("PUT", "/ep/user/good", body: "1")
        for (name, text) in [("text", "hello"), ("double", #"{"a":1,"a":2}"#), ("deep", deep), ("empty", "")] {
            try await set(place, "ep", "user", name, to: text)
        }
        try await body(place, service, client)
        #expect(try await client.send("GET", "/_health/ready").status == 200)
        #expect(try await service.stop() == .exit(0))
        withExtendedLifetime(place) {}
    }

    @Test(arguments: StoreKind.sharing)
    func `a value that is not JSON is an error of its own, and is not overwritten`(_ store: StoreKind) async throws {
        try await Self.withStore(store) { place, _, client in
            for name in ["text", "double", "deep", "empty"] {
                let path = "/ep/user/\(name)"
                for (method, target, body) in [
                    ("GET", path, nil), ("GET", path + "?entry", nil), ("GET", path + "?leaf", nil),
                    ("PUT", path, "2"), ("PUT", path + "?leaf", "2"), ("DELETE", path, nil),
                    ("POST", path + "?op=increment", nil), ("POST", path + "?op=swap", "3"),
                ] {
                    let reply = try await client.send(method, target, body: body)
                    #expect(reply.status == 422, "\(method) \(target): \(reply.text)")
                    #expect(try reply.part("/code") == .string("unreadable-value"))
                    let detail = try reply.part("/detail")?.stringContent ?? []
                    #expect(String(decoding: detail, as: UTF8.self).hasPrefix("\(path) can't be read"), "\(reply.text)")
                }
                #expect(try await client.send("HEAD", path).status == 422)
                #expect(try await client.send("GET", path + "?history").status == 404)
            }
            try await Self.set(place, "ep", "user", "text", to: #""hello""#)
            #expect(try await client.send("GET", "/ep/user/text").text == #""hello""#)
            #expect(try await client.send("PUT", "/ep/user/text", body: "2").status == 200)
        }
    }

    @Test(arguments: StoreKind.sharing)
    func `a check of a binding finds what another program has stored`(_ store: StoreKind) async throws {
        try await Self.withStore(store) { place, _, client in
            #expect(try await client.send("PUT", "/__schema/number", body: #"{"type":"integer"}"#).status == 201)
            let binding = #"{"match":"/ep/user/+","schema":"number"}"#
            #expect(try await client.send("PUT", "/__schema/_bindings/n", body: binding).status == 201)
            try await Self.set(place, "ep", "user", "other", to: #""s""#)
            let check = try await client.send("POST", "/__schema/_bindings/n?op=check")
            #expect(try check.part("/examined") == .integer(2), "\(check.text)")
            #expect(try check.part("/invalid") == .integer(1), "\(check.text)")
            #expect(try check.part("/examples/0/path") == .string("/ep/user/other"), "\(check.text)")
            let next = #"{"type":"integer","maximum":9}"#
            #expect(try await client.send("PUT", "/__schema/number", body: next).status == 409)
            try await Self.set(place, "ep", "user", "other", to: "2")
            #expect(try await client.send("PUT", "/__schema/number", body: next).status == 200)
        }
    }

    @Test(arguments: StoreKind.sharing)
    func `a value that is not JSON hides nothing beside, above or below it`(_ store: StoreKind) async throws {
        try await Self.withStore(store) { place, service, client in
            #expect(try await client.send("GET", "/ep").text == #"{"user":{"good":1}}"#)
            #expect(try await client.send("GET", "/ep/user/good").text == "1")
            #expect(try await client.send("GET", "/ep/user?shallow").text == #"{"good":1}"#)
            #expect(try await client.send("GET", "/ep/user?keys").part("/keys") == .array([.string("/ep/user/good")]))
            #expect(try await client.send("GET", "/ep?keys&count").text == "1")
            #expect(try await client.send("GET", "/ep?keys&entry").part("/entries/0/value") == .integer(1))
            let exported = try await service.command("export", "--quiet")
            #expect(exported.status == .exit(0) && exported.output.split(separator: "\n").count == 1, "\(exported)")
            #expect(exported.output.contains("/ep/user/good"))

            #expect(try await client.send("PUT", "/ep/user/text/below", body: "2").status == 201)
            #expect(try await client.send("GET", "/ep/user/text").text == #"{"below":2}"#)
            #expect(try await client.send("GET", "/ep/user").text == #"{"good":1,"text":{"below":2}}"#)
            // What can't be read stays when all around it is replaced or deleted.
            #expect(try await client.send("PUT", "/ep/user?flatten", body: #"{"good":3,"more":4}"#).status == 200)
            #expect(try await client.send("GET", "/ep/user").text == #"{"good":3,"more":4}"#)
            #expect(try await client.send("DELETE", "/ep/user").status == 204)
            #expect(try await client.send("GET", "/ep/user").status == 404)
            #expect(try await client.send("GET", "/ep/user/text").status == 422)
        }
    }

    @Test(arguments: StoreKind.sharing)
    func `streams see a leaf that becomes unreadable as deleted, and then as set again`(
        _ store: StoreKind
    ) async throws {
        try await Self.withStore(store) { place, service, client in
            let stream = try await service.following("/ep/user/good")
            defer { stream.close() }
            try await Self.set(place, "ep", "user", "good", to: "oops")
            _ = try await stream.wait(for: 1)
            #expect(try await client.send("GET", "/ep/user").status == 404)
            #expect(try await client.send("GET", "/ep/user/good").status == 422)
            let history = try await client.send("GET", "/ep/user/good?history")
            #expect(history.status == 200 && history.text.contains("\"value\":1"), "\(history.text)")
            try await Self.set(place, "ep", "user", "good", to: "[ 4 ]")
            let events = try await stream.wait(for: 2)
            #expect(events.map(\.line) == ["delete /ep/user/good null", "set /ep/user/good [4]"])
            #expect(try await client.send("GET", "/ep/user").text == #"{"good":[4]}"#)
        }
    }

    @Test(.enabled(if: StoreKind.tested.contains(.redis)))
    func `a time to live that another program set is the leaf's, and ends as expire`() async throws {
        // `SET ep:t 1 EX 100`: no expiresAt, the next PATCH took it away, and its end was the event `delete`.
        try await Self.withStore(.redis) { place, service, client in
            let redis = try #require(place.server as? RedisServer)
            func expiry(_ path: String) async throws -> String {
                let time = try await client.send("GET", path + "?entry").part("/metadata/expiresAt")
                return time?.text.description ?? "-"
            }
            try await redis.cli("SET", "ep:t", #"{"a":1}"#, "PXAT", "4102444800000")
            #expect(try await expiry("/ep/t") == #""2100-01-01T00:00:00.000Z""#)
            for (method, target) in [("PUT", "/ep/t/a"), ("POST", "/ep/t/a?op=increment")] {
                let reply = try await client.send(method, target, body: method == "PUT" ? "2" : nil)
                #expect(reply.status < 300, "\(reply.text)")
                #expect(try await expiry("/ep/t") == #""2100-01-01T00:00:00.000Z""#, "\(method) \(target)")
                let left = try await redis.cli("EXPIRETIME", "ep:t")
                #expect(left.hasPrefix("41024448"), "\(left) after \(method) \(target)")
            }
            #expect(try await client.send("PUT", "/ep/t", body: "5").status == 200)
            #expect(try await redis.cli("TTL", "ep:t") == "-1")
            // Right before a write that doesn't know of it: it stays, too.
            for _ in 0..<10 {
                #expect(try await client.send("PUT", "/ep/t", body: "5").status == 200)
                try await redis.cli("EXPIREAT", "ep:t", "4102444800")
                #expect(try await client.send("POST", "/ep/t?op=increment").text == "6")
                #expect(try await redis.cli("EXPIRETIME", "ep:t").hasPrefix("41024448"))
            }
            #expect(try await client.send("PUT", "/ep/own?ttl=100s", body: "5").status == 201)
            #expect(Int(try await redis.cli("TTL", "ep:own")).map((95...103).contains) == true)
            #expect(try await client.send("POST", "/ep/own?op=persist").status == 200)
            #expect(try await redis.cli("TTL", "ep:own") == "-1")
            let stream = try await service.following("/ep/soon")
            defer { stream.close() }
            try await redis.cli("SET", "ep:soon", "1", "PX", "300")
            let events = try await stream.wait(for: 2)
            #expect(events.map(\.line) == ["set /ep/soon 1", "expire /ep/soon null"])
        }
    }

    @Test(.enabled(if: StoreKind.tested.contains(.redis)))
    func `keys that no path can name are ignored`() async throws {
        // `SET e:.. 1`: listed and exported as /e/.., GET of it 400, DELETE of it 400, its import 400.
        try await Self.withStore(.redis) { place, service, client in
            let stream = try await service.following("/_events")
            defer { stream.close() }
            for name in ["e:..", "e:a\nb", "e:" + String(repeating: "x", count: 1024)] {
                try await Self.set(place, name, to: "1")
            }
            try await Self.set(place, "e", "fine", to: "2")
            #expect(try await client.send("GET", "/e").text == #"{"fine":2}"#)
            #expect(try await client.send("GET", "/e?keys").part("/keys") == .array([.string("/e/fine")]))
            let exported = try await service.command("export", "/e", "--quiet")
            #expect(exported.output.split(separator: "\n").count == 1, "\(exported)")
            #expect(try await stream.wait(for: 1).map(\.line) == ["set /e/fine 2"])
            _ = try await service.logLine(with: "no path can name")
            #expect(try await client.send("DELETE", "/e").status == 204)
        }
    }

    @Test(.enabled(if: StoreKind.tested.contains(.redis)))
    func `a full Redis accepts only deletions`() async throws {
        // At maxmemory, DELETE of a subtree was 507 like PUT, so nothing could be freed.
        try await Self.withStore(.redis) { place, service, client in
            let redis = try #require(place.server as? RedisServer)
            let value = "\"" + String(repeating: "x", count: 10_000) + "\""
            for number in 0..<100 {
                #expect(try await client.send("PUT", "/big/\(number)", body: value).status == 201)
            }
            #expect(try await client.send("PUT", "/big/timed?ttl=1s", body: "1").status == 201)
            let used = try await redis.number("used_memory")
            try await redis.cli("CONFIG", "SET", "maxmemory", "\(used - 20_000)")
            let refused = try await client.send("PUT", "/ep/more", body: value)
            #expect(refused.status == 507 && refused.text.contains("maxmemory"), "\(refused.text)")
            #expect(try await client.send("DELETE", "/big/0").status == 204)
            #expect(try await client.send("DELETE", "/big").status == 204)
            #expect(try await client.send("PUT", "/ep/more", body: value).status == 201)
            // What deletes by itself does so, too: times to live, and the purge of an entry point.
            try await redis.cli("CONFIG", "SET", "maxmemory", "1")
            #expect(try await client.send("POST", "/_entrypoints/ep?op=purge").status < 300)
            #expect(try await client.send("GET", "/ep/more").status == 404)
        }
    }

    @Test(arguments: StoreKind.sharing)
    func `the value before another program's write is in the past and in events`(_ store: StoreKind) async throws {
        try await Self.withStore(store) { place, service, client in
            let stream = try await service.following("/ep/past?previous")
            defer { stream.close() }
            var revisions: [String] = []
            func note(_ count: Int) async throws {
                revisions.append("\(try await stream.wait(for: count)[count - 1].revision)")
            }
            _ = try await client.send("PUT", "/ep/past/a", body: "1")
            try await note(1)
            try await Self.set(place, "ep", "past", "a", to: "2")
            try await note(2)
            _ = try await client.send("PUT", "/ep/past/a", body: "3")
            try await note(3)
            try await Self.set(place, "ep", "past", "a", to: "4")
            try await note(4)
            let previous = stream.events.map { $0.part("/previous/value")?.text.description ?? "-" }
            #expect(previous == ["-", "1", "2", "3"])
            for (index, revision) in revisions.enumerated() {
                #expect(try await client.send("GET", "/ep/past?at=\(revision)").text == "{\"a\":\(index + 1)}")
                #expect(try await client.send("GET", "/ep/past/a?leaf&at=\(revision)").text == "\(index + 1)")
            }
        }
    }
}
