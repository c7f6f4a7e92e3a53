import MicroJSON
import TestSupport
import Testing

/// The rows of the contract's section *Live* that are about streams.
@Suite(.sharedServices, .timeLimit(.minutes(3)))
struct StreamTests {
    @Test(arguments: StoreKind.tested)
    func `every change at or below the path is sent, in order, with its value and metadata`(_ store: StoreKind)
        async throws
    {
        let service = try SharedServices.service(store)
        let (client, e) = (service.client(), newEntryPoint())
        let stream = try await service.following("/\(e)/main")
        defer { stream.close() }
        let head = try #require(stream.head)
        #expect(head["Cache-Control"] == "no-store" && head["X-Accel-Buffering"] == "no" && head["Vary"] == "Accept")
        #expect((1000...2000).contains(stream.retry ?? 0))
        let put = try await client.send(
            "PUT", "/\(e)/main/s%2Fp", headers: [("Nestkv-Modified-By", "bob")], body: #"{"n": 1.0}"#)
        _ = try await client.send("PUT", "/\(e)/other", body: "0")
        _ = try await client.send(
            "PATCH", "/\(e)/main/s%2Fp", headers: [("Content-Type", "application/merge-patch+json")], body: #"{"m":2}"#)
        _ = try await client.send("DELETE", "/\(e)/main")
        let events = try await stream.wait(for: 3)
        #expect(
            events.map(\.line) == [
                #"set /\#(e)/main/s%2Fp {"n":1.0}"#, #"set /\#(e)/main/s%2Fp {"n":1.0,"m":2}"#,
                "delete /\(e)/main/s%2Fp null",
            ])
        #expect(events.allSatisfy { $0.part("/key") == json(#"["main","s/p"]"#) })
        #expect(events.allSatisfy { $0.part("/operation") == .string($0.type) && $0.part("/previous") == nil })
        #expect(
            events[0].part("/metadata/modifiedBy") == .string("bob")
                && events[2].part("/metadata/version") == .integer(3))
        #expect("\(events[0].revision)" == put["Nestkv-Revision"])
        #expect(events.allSatisfy { $0.id.hasPrefix("\($0.revision)-") })
        #expect(events.map(\.revision) == events.map(\.revision).sorted())
        #expect(stream.lastEventID == events[2].id)
    }

    @Test(arguments: StoreKind.tested)
    func `a stream continues if its entry point is deleted and created again, more than once`(_ store: StoreKind)
        async throws
    {
        let service = try SharedServices.service(store)
        let (client, e) = (service.client(), newEntryPoint())
        let stream = try await service.following("/\(e)")
        defer { stream.close() }
        for round in 1...3 {
            for leaf in 0..<round {
                #expect(try await client.send("PUT", "/\(e)/a", body: "\(10 * round + leaf)").status < 300)
            }
            #expect(try await client.send("DELETE", "/_entrypoints/\(e)").status == 204)
            #expect(try await client.send("GET", "/_entrypoints").text.contains("\"\(e)\"") == false)
        }
        #expect(try await client.send("PUT", "/\(e)/a", body: "100").status == 201)
        // As an event of its own or in the snapshot behind a reset.
        let events = try await stream.wait("the last value") {
            $0.contains { $0.line == "set /\(e)/a 100" || $0.line == #"snapshot /\#(e) {"a":100}"# }
        }
        #expect(store == .nats || !events.contains { $0.type == "reset" })
    }

    @Test(arguments: StoreKind.tested)
    func `replacing and deleting a subtree give an event for each leaf, next to each other`(_ store: StoreKind)
        async throws
    {
        let service = try SharedServices.service(store)
        let (client, e) = (service.client(), newEntryPoint())
        let stream = try await service.following("/\(e)")
        defer { stream.close() }
        _ = try await client.send("PUT", "/\(e)/t?flatten", body: #"{"a":1,"b":{"c":2,"d":3}}"#)
        _ = try await client.send("PUT", "/\(e)/t", body: #"{"new":true}"#)
        _ = try await client.send("DELETE", "/\(e)")
        let events = try await stream.wait(for: 8)
        #expect(
            Set(events[0..<3].map(\.line)) == ["set /\(e)/t/a 1", "set /\(e)/t/b/c 2", "set /\(e)/t/b/d 3"])
        #expect(
            Set(events[3..<7].map(\.line)) == [
                "delete /\(e)/t/a null", "delete /\(e)/t/b/c null", "delete /\(e)/t/b/d null",
                #"set /\#(e)/t {"new":true}"#,
            ])
        #expect(events[7].line == "delete /\(e)/t null")
        #expect(events.map(\.revision) == (0..<8).map { events[0].revision + $0 })
    }

    @Test(arguments: StoreKind.tested)
    func `a snapshot, synced, and then what changes after it`(_ store: StoreKind) async throws {
        let service = try SharedServices.service(store)
        let (client, e) = (service.client(), newEntryPoint())
        let empty = try await service.following("/\(e)?snapshot")
        defer { empty.close() }
        _ = try await client.send("PUT", "/\(e)/a?flatten", body: #"{"x":1,"y":[1.0]}"#)
        let full = try await service.following("/\(e)/a?snapshot")
        defer { full.close() }
        _ = try await client.send("PUT", "/\(e)/a/x", body: "2")
        let first = try await empty.wait(for: 5)
        #expect(first[0].line == "snapshot /\(e) null" && first[0].part("/metadata") == .null)
        #expect(first.map(\.type) == ["snapshot", "synced", "set", "set", "set"])
        let second = try await full.wait(for: 3)
        #expect(
            second[0].line == #"snapshot /\#(e)/a {"x":1,"y":[1.0]}"#
                && second[0].part("/metadata/leaves") == .integer(2))
        #expect(second[1].type == "synced" && second[1].id == second[0].id && second[1].revision == second[0].revision)
        #expect(second[2].line == "set /\(e)/a/x 2" && second[2].revision > second[0].revision)
        // A client that reconnects has it already.
        full.cut()
        _ = try await client.send("PUT", "/\(e)/a/x", body: "3")
        #expect(try await full.wait(for: 4)[3].line == "set /\(e)/a/x 3")
    }

    @Test(arguments: StoreKind.tested, ["users/+/settings", "users/%2B/settings", "/users/%252B/settings"])
    func `wildcards, several patterns on one stream, each change once`(_ store: StoreKind, _ pattern: String)
        async throws
    {
        let service = try SharedServices.service(store)
        let (client, e) = (service.client(), newEntryPoint())
        _ = try await client.send("PUT", "/\(e)/users/+/settings", body: "0")
        _ = try await client.send("PUT", "/\(e)/users/ann/settings", body: "1")
        let isLiteral = pattern.contains("%25")
        let first =
            "/_events?match=/\(e)/\(pattern.drop { $0 == "/" })&match=/\(e)/main/%23&match=\(e)/main/sub&snapshot"
        let stream = try await service.following(first)
        defer { stream.close() }
        for path in ["users/bob/settings", "users/bob/profile", "main", "main/sub/x", "users/+/settings/deep", "none"] {
            _ = try await client.send("PUT", "/\(e)/\(path)?leaf", body: "1")
        }
        let snapshots = isLiteral ? 3 : 4
        let events = try await stream.wait(for: snapshots + 1 + (isLiteral ? 3 : 4))
        #expect(events[0..<snapshots].allSatisfy { $0.type == "snapshot" } && events[snapshots].type == "synced")
        #expect(events[0].line == "snapshot /\(e)/users/%2B/settings 0")
        let lines = (isLiteral ? [] : ["users/bob/settings"]) + ["main", "main/sub/x", "users/%2B/settings/deep"]
        #expect(events[(snapshots + 1)...].map(\.line) == lines.map { "set /\(e)/\($0) 1" })
    }

    @Test(arguments: StoreKind.tested)
    func `a path inside a document follows the leaf that it is part of`(_ store: StoreKind) async throws {
        let service = try SharedServices.service(store)
        let (client, e) = (service.client(), newEntryPoint())
        _ = try await client.send("PUT", "/\(e)/doc", body: #"{"a":{"b":1},"c":2}"#)
        let stream = try await service.following("/\(e)/doc/a/b?snapshot&previous")
        defer { stream.close() }
        _ = try await client.send("PUT", "/\(e)/doc/a/b", body: "2")
        let events = try await stream.wait(for: 3)
        #expect(events[0].line == "snapshot /\(e)/doc/a/b 1")
        #expect(events[2].line == #"set /\#(e)/doc {"a":{"b":2},"c":2}"#)
        #expect(events[2].part("/previous/value/a/b") == .integer(1))
    }

    @Test(arguments: StoreKind.tested)
    func `previous is the value before, and null if there was none`(_ store: StoreKind) async throws {
        let service = try SharedServices.service(store)
        let (client, e) = (service.client(), newEntryPoint())
        let live = try await service.following("/\(e)?previous")
        defer { live.close() }
        for body in ["1", "2"] { _ = try await client.send("PUT", "/\(e)/a", body: body) }
        _ = try await client.send("DELETE", "/\(e)/a")
        _ = try await client.send("PUT", "/\(e)/a", body: "3")
        let caughtUp = try await service.following("/\(e)?previous&last_event_id=earliest")
        defer { caughtUp.close() }
        for stream in [live, caughtUp] {
            let events = try await stream.wait(for: 4)
            #expect(events.map { $0.part("/previous/value") } == [nil, .integer(1), .integer(2), nil])
            #expect(events[0].part("/previous") == .null && events[3].part("/previous") == .null)
            #expect(events[1].part("/previous/metadata/version") == .integer(1))
        }
    }
}
