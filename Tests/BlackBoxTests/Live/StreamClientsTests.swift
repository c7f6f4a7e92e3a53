import Glibc
import MicroJSON
import TestSupport
import Testing

/// Clients that are slow, that vanish, and the end of the service.
@Suite(.serialized, .timeLimit(.minutes(5)))
struct StreamClientsTests {
    @Test func `a slow reader beside 100 fast ones is cut off and logged; they miss nothing, and memory is bounded`()
        async throws
    {
        let options = ["--stream-queue", "64KiB", "--slow-client-timeout", "1s"]
        try await withService(.memory, options) { service in
            let port = service.port
            let checking = (0..<5).map { _ in EventSource(port: port, "/e") }
            defer { for stream in checking { stream.close() } }
            // Reading every byte of 100 streams would need more than the machine has.
            let count = 200
            let draining = (0..<95).map { _ in
                Task {
                    try await onThread {
                        let connection = try Connection(port: port)
                        try connection.send(Self.request("/e"))
                        let end = Array("event: delete".utf8)
                        while !(try connection.readSome().suffix(2048).holds(end)) {}
                    }
                }
            }
            let slow = Task {
                try await onThread {
                    let connection = try Connection(port: port, receiveBuffer: 4096)
                    try connection.send(Self.request("/e"))
                    // 1 KB a second.
                    while true {
                        _ = try connection.readSome(100)
                        usleep(100_000)
                    }
                }
            }
            try await eventually("all are there") {
                service.descriptors > 101 && checking.allSatisfy { !$0.lastEventID.isEmpty }
            }
            let client = service.client()
            let before = service.residentMemory
            let value = "\"\(String(repeating: "x", count: 8 << 10))\""
            for _ in 0..<count {
                #expect(try await client.send("PUT", "/e/a", body: value).status < 300)
                try await Task.sleep(for: .milliseconds(2))
            }
            _ = try await client.send("DELETE", "/e/a")
            let line = try await service.logLine(with: "ending=tooSlow")
            #expect(line.contains("path=/e"))
            #expect(try await client.send("GET", "/_metrics").text.contains("\nnestkv_sse_dropped_total 1\n"))
            for stream in checking {
                let revisions = try await stream.wait(for: count + 1).map(\.revision)
                #expect(revisions == Array(1...count + 1) && stream.endings.isEmpty)
            }
            for task in draining { try await task.value }
            await #expect(throws: TestFailure.self) { try await slow.value }
            #expect(service.log.split(separator: "\n").count { $0.contains("ending=tooSlow") } == 1)
            #expect(service.residentMemory - before < 32 << 10, "KiB more than before")
        }
    }

    @Test(arguments: StoreKind.tested)
    func `2,000 clients that connect and vanish leave memory, descriptors and places as they were`(
        _ store: StoreKind
    ) async throws {
        try await withService(store, ["--max-streams", "50", "--log-level", "notice"]) { service in
            let port = service.port
            _ = try await service.client().send("PUT", "/e/a?flatten", body: #"{"b":1,"c":2}"#)
            try await Self.comeAndGo(500, port)
            let (descriptors, memory) = (service.descriptors, service.residentMemory)
            let writers = Writers(2, port: port) { _, number in
                HTTPRequest("PUT", "/e/w", body: Array("\(number)".utf8))
            }
            try await Self.comeAndGo(2000, port)
            try await writers.stop()
            try await eventually("descriptors are back") { service.descriptors <= descriptors + 2 }
            #expect(service.residentMemory - memory < 32 << 10, "KiB more than before")
            let client = service.client()
            var metrics = ""
            for _ in 0..<200 where !metrics.contains("\nnestkv_sse_subscribers 0") {
                metrics = try await client.send("GET", "/_metrics").text
                try await Task.sleep(for: .milliseconds(25))
            }
            #expect(
                metrics.contains("\nnestkv_sse_subscribers 0") && metrics.contains("\nnestkv_sse_live_subscribers 0"))
            // All places are free.
            var streams: [EventSource] = []
            for _ in 0..<50 { streams.append(EventSource(port: port, "/e")) }
            let opened = streams
            try await eventually("50 are open") { opened.allSatisfy { $0.opened == 1 } }
            for stream in streams { stream.close() }
        }
    }

    /// Clients one after the other, a few at a time, each gone at another moment.
    private static func comeAndGo(_ count: Int, _ port: Int) async throws {
        try await onThread {
            var open: [Connection] = []
            for number in 0..<count {
                let connection = try Connection(port: port, patience: 10)
                try connection.send(request(number % 2 == 0 ? "/e?snapshot" : "/_events?match=/e/%2B&previous"))
                if number % 3 == 0 { _ = try connection.readHead() }
                if number % 7 != 0 { open.append(connection) }
                if open.count > 30 { open.removeFirst(Int.random(in: 1...30)) }
            }
        }
    }

    private static func request(_ target: String) -> [UInt8] {
        Array("GET \(target) HTTP/1.1\r\nHost: localhost\r\nAccept: text/event-stream\r\n\r\n".utf8)
    }

    @Test(arguments: StoreKind.tested)
    func `a stop ends streams with their last chunk and answers long polls, within a second`(
        _ store: StoreKind
    ) async throws {
        let place = try await store.place()
        let service = try await ServiceProcess.start(store: place.address)
        let port = service.port
        // They reconnect, and are refused a connection.
        let streams = (0..<20).map {
            EventSource(port: port, "/e?snapshot&last_event_id=\($0 % 2 == 0 ? "now" : "earliest")")
        }
        defer { for stream in streams { stream.close() } }
        try await eventually("all are there") { streams.allSatisfy { $0.events.last?.type == "synced" } }
        let polls = (0..<5).map { _ in
            Task { try await service.client().send("GET", "/e?since=earliest&wait=60s") }
        }
        _ = try await service.client().send("PUT", "/e/a", body: "1")
        for stream in streams { _ = try await stream.wait { $0.last?.type == "set" } }
        for poll in polls { #expect(try await poll.value.status == 200) }
        let waiting = Task { try await service.client().send("GET", "/e?since=now&wait=60s") }
        try await Task.sleep(for: .microseconds(200_000))
        let start = ContinuousClock.now
        service.signal(SIGTERM)
        #expect(try await waiting.value.status == 204)
        try await eventually("all streams are over", seconds: 5) { streams.allSatisfy { !$0.endings.isEmpty } }
        #expect(ContinuousClock.now - start < .seconds(4))
        #expect(streams.allSatisfy { $0.endings.first == .complete })
        #expect(try await service.stop(0) == .exit(0))
        withExtendedLifetime(place) {}
    }

    @Test(arguments: StoreKind.tested)
    func `a long poll is answered by the first change, and a snapshot larger than a queue arrives whole`(
        _ store: StoreKind
    ) async throws {
        try await withService(store, ["--stream-queue", "4KiB"]) { service in
            let poll = Task { try await service.client().send("GET", "/e/a?since=now&wait=60s") }
            try await Task.sleep(for: .microseconds(100_000))
            let client = service.client()
            _ = try await client.send("PUT", "/e/b", body: "0")
            _ = try await client.send("PUT", "/e/a", body: "1")
            #expect(try await poll.value.part("/changes/0/value") == .integer(1))
            let large = "\"\(String(repeating: "x", count: 900_000))\""
            for name in ["x", "y", "z"] { _ = try await client.send("PUT", "/e/\(name)", body: large) }
            let stream = try await service.following("/e?snapshot")
            defer { stream.close() }
            _ = try await client.send("PUT", "/e/x", body: large)
            let events = try await stream.wait(for: 3)
            #expect(events.map(\.type) == ["snapshot", "synced", "set"])
            #expect(events[0].data.utf8.count > 2_700_000 && events[2].data.utf8.count > 900_000)
        }
    }
}

extension ArraySlice<UInt8> {
    /// Whether `text` is somewhere in it.
    fileprivate func holds(_ text: [UInt8]) -> Bool { firstRange(of: text) != nil }
}
