import Glibc
import MicroJSON
import TestSupport
import Testing

/// A store that stops, and starts again with the same data.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct StoreOutageTests {
    @Test(arguments: StoreKind.sharing)
    func `a store that is killed 20 times under load loses no acknowledged write, and streams continue without a gap`(
        _ kind: StoreKind
    ) async throws {
        let place = try await kind.place(isSynced: true)
        let server = try #require(place.server)
        let service = try await ServiceProcess.start(store: place.address, ["--log-level", "notice"])
        let port = service.port
        _ = try await service.client().send("PUT", "/k/start", body: "0")
        var streams: [EventSource] = []
        for _ in 0..<4 { streams.append(try await service.following("/k")) }
        defer { for stream in streams { stream.close() } }
        let memory = service.residentMemory
        let (isOver, acknowledged) = (Flag(), Tally<Acknowledged>())
        try await withThrowingTaskGroup(of: Void.self) { group in
            for writer in 0..<8 {
                group.addTask { try await onThread { try write(writer, port, acknowledged, until: isOver) } }
            }
            group.addTask {
                defer { isOver.set() }
                for _ in 0..<20 {
                    let before = acknowledged.all.count
                    try await eventually("writes are acknowledged", seconds: 60) {
                        acknowledged.all.count >= before + 40
                    }
                    try await server.kill()
                    try await Task.sleep(for: .milliseconds(Int.random(in: 0...200)))
                    try await server.start()
                }
            }
            try await group.waitForAll()
        }
        let end = try await Self.finish(service.client())
        for stream in streams {
            let events = try await stream.wait(seconds: 60, "revision \(end)") { $0.last?.revision == end }
            #expect(events.map(\.revision) == Array((end - events.count + 1)...end), "missing, double or out of order")
            let first = end - events.count + 1
            for write in acknowledged.all where write.revision >= first {
                let event = events[write.revision - first]
                #expect(event.line == "set \(write.path) \(write.value)")
            }
            #expect(stream.endings.isEmpty, "it was cut off")
        }
        let state = try await service.client().send("GET", "/k")
        for write in acknowledged.all {
            let pointer = String(write.path.dropFirst(2))
            let value = try state.part(pointer).flatMap { Int($0.text.description) } ?? -1
            #expect(value >= write.value, "\(write.path)")
        }
        #expect(service.residentMemory - memory < 64 << 10, "KiB more than before")
        for stream in streams { stream.close() }
        #expect(try await service.stop() == .exit(0), "\(service.log.suffix(2000))")
        try await server.kill()
    }

    @Test(arguments: StoreKind.sharing)
    func `a store that was away or hung until attempts are rare is used again once it is back`(
        _ kind: StoreKind
    ) async throws {
        let place = try await kind.place(isSynced: true)
        let server = try #require(place.server)
        let service = try await ServiceProcess.start(store: place.address)
        let client = service.client()
        _ = try await client.send("PUT", "/k/a", body: "0")
        let stream = try await service.following("/k")
        defer { stream.close() }
        for (number, isKilled) in [(1, true), (2, false)] {
            if isKilled { try await server.kill() } else { server.signal(SIGSTOP) }
            try await Self.put("0", at: "/k/b", until: 503, client)
            // By then the pauses between attempts are the longest.
            try await Task.sleep(for: .seconds(3))
            let ready = try await client.send("GET", "/_health/ready")
            #expect(ready.status == 503 && ready["Retry-After"] != nil && ready.text.contains("since"))
            if isKilled { try await server.start() } else { server.signal(SIGCONT) }
            // How long the pauses are is a constant, with a test of its own; here a busy machine has its time.
            try await Self.put("\(number)", at: "/k/a", until: 200, client)
            #expect(try await client.send("GET", "/k/a").text == "\(number)")
            #expect(try await client.send("GET", "/_health/ready").status == 200)
            _ = try await stream.wait(seconds: 10, "event \(number)") { events in
                events.contains { $0.line == "set /k/a \(number)" }
            }
        }
        #expect(stream.endings.isEmpty, "it was cut off")
        #expect(try await service.stop() == .exit(0), "\(service.log.suffix(2000))")
        try await server.kill()
    }

    /// Writes again and again until the answer has a status, for 10 seconds at most.
    private static func put(_ value: String, at path: String, until status: Int, _ client: HTTPClient) async throws {
        let end = ContinuousClock.now + .seconds(10)
        while try await client.send("PUT", path, body: value).status != status {
            guard ContinuousClock.now < end else { throw TestFailure("PUT \(path) is never answered \(status)") }
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// The last change, which every stream must see; the store may just have come back.
    private static func finish(_ client: HTTPClient) async throws -> Int {
        for _ in 0..<600 {
            let reply = try await client.send("PUT", "/k/end", body: "1")
            if let revision = reply["Nestkv-Revision"].flatMap({ Int($0) }), reply.status < 300 { return revision }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw TestFailure("the store doesn't come back")
    }
}

/// A write that was acknowledged.
private struct Acknowledged: Sendable {
    let revision: Int
    let path: String
    let value: Int
}

/// Sets leaves of its own to growing numbers, whatever the store does.
private func write(_ writer: Int, _ port: Int, _ acknowledged: Tally<Acknowledged>, until isOver: Flag) throws {
    let connection = try Connection(port: port)
    for number in 0... {
        guard !isOver.isSet else { return }
        let path = "/k/w\(writer)/l\(number % 5)"
        let reply = try connection.send(HTTPRequest("PUT", path, body: Array("\(number)".utf8)))
        switch reply.status {
        case 200, 201:
            acknowledged.add(
                Acknowledged(revision: reply["Nestkv-Revision"].flatMap { Int($0) } ?? -1, path: path, value: number))
            usleep(1000)
        // The store is away, or the outcome is unknown.
        case 503, 504: usleep(10_000)
        default: throw TestFailure("PUT \(path) answered \(reply.status) \(reply.text)")
        }
    }
}
