import Glibc
import MicroJSON
import TestSupport
import Testing

/// Streams beside 8 writers: cut off, killed, begun at any moment.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct StreamConcurrencyTests {
    @Test(arguments: StoreKind.tested)
    func `a client that is cut off 1,000 times and resumes has every change exactly once and in order`(
        _ store: StoreKind
    ) async throws {
        try await withService(store) { service in
            let stream = EventSource(port: service.port, "/_events", lastEventID: "earliest", pause: 0)
            defer { stream.close() }
            let writers = Writers(port: service.port, Self.write)
            try await onThread {
                var opened = 0
                for number in 0..<1000 {
                    let endings = stream.endings.count
                    // Often before the head has come, or in the midst of catching up; every other time once it has
                    // come.
                    while number % 2 == 0, stream.opened == opened, stream.endings.count == endings { usleep(100) }
                    usleep(UInt32.random(in: 0..<4000))
                    opened = stream.opened
                    repeat {
                        stream.cut()
                        usleep(100)
                    } while stream.endings.count == endings
                }
            }
            try await writers.stop()
            try await Self.check(stream, writers.acknowledged.all, service)
            #expect(stream.opened > 100)
        }
    }

    @Test(.enabled(if: StoreKind.tested.contains(.rocksdb)))
    func `the same while the service is killed and started again 10 times`() async throws {
        let place = try await StoreKind.rocksdb.place()
        let address = place.address
        var service = try await ServiceProcess.start(store: address)
        let stream = EventSource(port: service.port, "/_events", lastEventID: "earliest", pause: 1)
        defer { stream.close() }
        var acknowledged: [(revision: Int, path: String)] = []
        for _ in 1...10 {
            let writers = Writers(port: service.port, Self.write)
            try await onThread {
                let before = stream.endings.count
                while writers.acknowledged.all.count < 300 || stream.endings.count < before + 20 {
                    usleep(UInt32.random(in: 0..<4000))
                    stream.cut()
                }
            }
            service.signal(SIGKILL)
            #expect(try await service.stop(0) == .signal(SIGKILL))
            try await writers.stop()
            acknowledged += writers.acknowledged.all
            service = try await ServiceProcess.start(store: address)
            stream.move(to: service.port)
        }
        try await Self.check(stream, acknowledged, service)
        stream.close()
        #expect(try await service.stop() == .exit(0))
        withExtendedLifetime(place) {}
    }

    /// A leaf, a group of leaves that change together, or a deletion.
    @Sendable private static func write(_ writer: Int, _ number: Int) -> HTTPRequest {
        let leaf = "/e/w\(writer)/l\(number % 7)"
        return switch number % 5 {
        case 3: HTTPRequest("DELETE", leaf)
        case 4: HTTPRequest("PUT", "/e/w\(writer)/g?flatten", body: Array(#"{"a":\#(number),"b":\#(number)}"#.utf8))
        default: HTTPRequest("PUT", leaf, body: Array("\(number)".utf8))
        }
    }

    /// Every revision of the store once and in order, and every acknowledged write among them.
    private static func check(
        _ stream: EventSource, _ acknowledged: [(revision: Int, path: String)], _ service: ServiceProcess
    ) async throws {
        let end = try await service.client().send("GET", "/e?since=now")["Nestkv-Revision"].flatMap { Int($0) } ?? 0
        let events = try await stream.wait(seconds: 60, "revision \(end)") { events in
            events.last.map { Int($0.id.prefix { $0 != "-" }) == end } ?? false
        }
        #expect(!events.contains { $0.type == "reset" || $0.type == "snapshot" })
        let revisions = events.map { Int($0.id.prefix { $0 != "-" }) ?? -1 }
        #expect(revisions == Array(1...end), "a change is missing, double or out of order")
        for (revision, path) in acknowledged where revision > 0 {
            let place = path.prefix { $0 != "?" }
            #expect(events[revision - 1].data.hasPrefix(#"{"path":"\#(place)"#), "revision \(revision) is not \(path)")
        }
    }

    /// Snapshots of one path, and of each path that a wildcard matches.
    @Test(arguments: StoreKind.tested, ["/e?snapshot", "/_events?snapshot&match=/e/%2B", "/_events?snapshot"])
    func `a snapshot beside 8 writers and the events after it give exactly the state, 200 times`(
        _ store: StoreKind, _ target: String
    ) async throws {
        try await withService(store) { service in
            let client = service.client()
            // Paths that the wildcard matches are created and deleted meanwhile; fewer rounds show that.
            for round in 0..<(target == "/e?snapshot" ? 10 : 4) {
                let writers = Writers(port: service.port, pause: 200) { writer, number in
                    let path = "/e/k\(Int.random(in: 0..<20))"
                    return Bool.random()
                        ? HTTPRequest("PUT", path, body: Array("\(number * 8 + writer)".utf8))
                        : HTTPRequest("DELETE", path)
                }
                var streams: [EventSource] = []
                for _ in 0..<20 {
                    streams.append(EventSource(port: service.port, target))
                    try await Task.sleep(for: .microseconds(Int.random(in: 0..<5000)))
                }
                let opened = streams
                try await eventually("all are synced") {
                    opened.allSatisfy { $0.events.contains { $0.type == "synced" } }
                }
                try await writers.stop()
                let state = try await client.send("GET", "/e")
                // The last change, which every stream must see.
                let last = try await client.send("PUT", "/e/last", body: "\(round)")
                for stream in streams {
                    let events = try await stream.wait("the last change") {
                        $0.last.map { "\($0.revision)" == last["Nestkv-Revision"] } ?? false
                    }
                    let result = try Self.state(after: events.dropLast())
                    let expected = state.status == 404 ? JSONObject() : try state.object()
                    #expect(JSONValue.object(result) == .object(expected))
                    stream.close()
                }
                _ = try await client.send("DELETE", "/e/last")
            }
        }
    }

    /// What a client has that takes snapshots and events as they come.
    private static func state(after events: some Sequence<StreamedEvent>) throws -> JSONObject {
        var state = JSONObject()
        var synced: Int?
        for event in events {
            let key = event.part("/key").map { "\($0.text)" } ?? ""
            let name = key.split(separator: "\"").dropFirst().first.map(String.init)
            switch event.type {
            case "snapshot":
                #expect(synced == nil)
                if let name {
                    // It was there when the wildcard was looked up, and gone when it was read.
                    state[name] = event.part("/metadata") == .null ? nil : event.part("/value")
                } else {
                    state = event.part("/value")?.object ?? state
                }
            case "synced": synced = event.revision
            case "set": state[name ?? ""] = event.part("/value")
            case "delete": state[name ?? ""] = nil
            default: Issue.record("an event '\(event.type)'")
            }
            if event.type == "set" || event.type == "delete" { #expect(event.revision > synced ?? .max) }
        }
        return state
    }
}

extension JSONValue {
    fileprivate var object: JSONObject? {
        if case .object(let object) = self { object } else { nil }
    }
}

extension Reply {
    fileprivate func object() throws -> JSONObject { try json().object ?? JSONObject() }
}
