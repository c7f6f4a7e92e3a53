import MicroJSON
import TestSupport
import Testing

/// Where a stream begins: ids, words, and ids that are no longer valid.
@Suite(.sharedServices, .timeLimit(.minutes(3)))
struct ResumeTests {
    @Test(arguments: StoreKind.tested)
    func `a client continues after the id in its header, which precedes the parameter`(_ store: StoreKind) async throws
    {
        let service = try SharedServices.service(store)
        let (client, e) = (service.client(), newEntryPoint())
        let live = try await service.following("/\(e)")
        defer { live.close() }
        for number in 1...4 { _ = try await client.send("PUT", "/\(e)/a", body: "\(number)") }
        let ids = try await live.wait(for: 4).map(\.id)
        let plain = ids[1].prefix { $0 != "-" }
        let rows: [(query: String, header: String, values: [Int])] = [
            ("?last_event_id=\(ids[3])", ids[0], [2, 3, 4]), ("?last_event_id=\(ids[1])", "", [3, 4]),
            ("?last_event_id=\(plain)", "", [3, 4]), ("?last_event_id=now", "\(plain)", [3, 4]),
            ("?snapshot", ids[2], [4]), ("?last_event_id=earliest", "", [1, 2, 3, 4]), ("", "earliest", [1, 2, 3, 4]),
            ("", ids[3], []), ("", "", []), ("?last_event_id=now", "", []),
        ]
        for row in rows {
            let stream = try await service.following("/\(e)\(row.query)", lastEventID: row.header)
            defer { stream.close() }
            let events = try await stream.wait(for: row.values.count)
            #expect(events.map { $0.part("/value") } == row.values.map { .integer($0) }, "\(row)")
        }
        // An empty field says nothing; a browser never sends one.
        let empty = try await service.following("/\(e)?last_event_id=\(ids[2])", headers: [("Last-Event-ID", "")])
        defer { empty.close() }
        #expect(try await empty.wait(for: 1).map(\.id) == [ids[3]])
    }

    @Test(
        arguments: StoreKind.tested,
        ["nonsense", "1-another", "18446744073709551615", "99999999999999999999999", "-", "3-", "é\u{FF}", "reset"])
    func `an id of another store, of the future or of nowhere gives reset and a snapshot`(
        _ store: StoreKind, _ id: String
    ) async throws {
        let service = try SharedServices.service(store)
        let (client, e) = (service.client(), newEntryPoint())
        _ = try await client.send("PUT", "/\(e)/a", body: "1")
        let stream = try await service.following("/\(e)", lastEventID: id)
        defer { stream.close() }
        _ = try await stream.wait(for: 3)
        _ = try await client.send("PUT", "/\(e)/a", body: "2")
        let events = try await stream.wait(for: 4)
        #expect(events.map(\.type) == ["reset", "snapshot", "synced", "set"])
        #expect(events[0].part("/oldest") != nil && events[0].part("/current") == events[2].part("/revision"))
        #expect(events[1].part("/value/a") == .integer(1))
        // Should it break before the snapshot has come, the id of the reset leads there again.
        #expect(events[0].id == "reset" && events[1].id == events[2].id)
    }

    @Test(arguments: StoreKind.tested)
    func `an id that is not retained any more gives reset and a snapshot, a long poll 410`(_ store: StoreKind)
        async throws
    {
        // On NATS a leaf's history is what bounds the feed.
        let (query, options) = store == .nats ? ("?history=10", []) : ("", ["--feed-changes", "10"])
        let place = try await store.place()
        var service = try await ServiceProcess.start(store: place.address + query, options)
        let live = try await service.following("/e")
        defer { live.close() }
        _ = try await service.client().send("PUT", "/e/a", body: "0")
        let id = try await live.wait(for: 1)[0].id
        for number in 1...100 { _ = try await service.client().send("PUT", "/e/b", body: "\(number)") }
        if store == .nats {
            // A process keeps what it has seen; another one has what the stream has.
            live.close()
            try await service.stop()
            service = try await ServiceProcess.start(store: place.address)
        }
        let client = service.client()
        let stream = try await service.following("/e?previous", lastEventID: id)
        defer { stream.close() }
        let events = try await stream.wait(for: 3)
        #expect(events.map(\.type) == ["reset", "snapshot", "synced"])
        #expect(events[1].part("/value") == json(#"{"a":0,"b":100}"#))
        let poll = try await client.send("GET", "/e?since=\(id)")
        #expect(try poll.status == 410 && poll.part("/code") == .string("gone"))
        // `earliest` is the oldest retained change.
        let earliest = try await service.following("/e?last_event_id=earliest")
        defer { earliest.close() }
        let retained = try await earliest.wait(until: { $0.last?.part("/value") == .integer(100) })
        #expect(retained.count >= 10 && retained.count < 100)
        #expect(zip(retained, retained.dropFirst()).allSatisfy { $1.revision == $0.revision + 1 })
        #expect(try await service.stop() == .exit(0))
        withExtendedLifetime(place) {}
    }

    @Test(arguments: StoreKind.tested)
    func `an id holds over a restart of the service, on memory it doesn't`(_ store: StoreKind) async throws {
        let place = try await store.place()
        let first = try await ServiceProcess.start(store: place.address)
        let stream = try await first.following("/e")
        defer { stream.close() }
        for number in 1...3 { _ = try await first.client().send("PUT", "/e/a", body: "\(number)") }
        _ = try await stream.wait(for: 3)
        try await first.stop()
        let second = try await ServiceProcess.start(store: place.address)
        // More than the client has seen, so that its id could be one of this store by its number.
        for number in 4...7 { _ = try await second.client().send("PUT", "/e/a", body: "\(number)") }
        stream.move(to: second.port)
        let events = try await stream.wait(until: { events in
            events.last?.part("/value") == .integer(7) || events.last?.type == "synced"
        })[3...]
        if store == .memory {
            #expect(events.map(\.type).starts(with: ["reset", "snapshot"]))
        } else {
            #expect(events.map { $0.part("/value") } == (4...7).map { .integer($0) })
        }
        #expect(stream.endings.first == .complete)
        stream.close()
        try await second.stop()
        withExtendedLifetime(place) {}
    }
}
