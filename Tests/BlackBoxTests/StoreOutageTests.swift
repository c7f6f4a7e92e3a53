import Glibc
import MicroJSON
import TestSupport
import Testing

/// The server of the store goes away under load, and comes back.
@Suite(.serialized, .timeLimit(.minutes(10)), .enabled(if: StoreKind.tested.contains(.redis)))
struct StoreOutageTests {
    private static let outages = 20

    @Test func `a store that is killed 20 times loses nothing acknowledged, and streams have no gap`() async throws {
        let server = try await RedisServer.start(["--appendonly", "yes", "--appendfsync", "always"])
        let service = try await ServiceProcess.start(store: "redis://127.0.0.1:\(server.port)")
        var opened: [EventSource] = []
        // While the store is away a new stream is refused, and a client as a browser has it gives up then.
        for target in ["/_events", "/out/w1", "/_events?match=out/%2B/l2"] {
            opened.append(try await service.following(target, lastEventID: "earliest"))
        }
        let streams = opened
        #expect(streams.allSatisfy { $0.opened == 1 && $0.endings.isEmpty })
        defer { for stream in streams { stream.close() } }
        let load = OutageLoad(port: service.port)
        var memory = 0
        for round in 0..<Self.outages {
            let target = load.acknowledged.all.count + 60
            try await eventually("writes go on in round \(round)", seconds: 60) {
                load.acknowledged.all.count >= target
            }
            if round == 4 { memory = service.residentMemory }
            try await server.kill()
            try await eventually("writes are refused", seconds: 60) { load.refused.value > round }
            let ready = try await service.client().send("GET", "/_health/ready")
            #expect(ready.status == 503 || ready.status == 200)
            try await server.start()
        }
        let target = load.acknowledged.all.count + 60
        try await eventually("writes go on at the end", seconds: 60) { load.acknowledged.all.count >= target }
        try await load.stop()
        try await Self.check(streams, load, service)
        // It keeps a connection, caches and a feed's page; nothing that grows with the outages.
        #expect(service.residentMemory < memory * 3 / 2 + 16_384, "KiB; after four outages it was \(memory)")
        for stream in streams { stream.close() }
        #expect(try await service.stop() == .exit(0))
        try await server.kill()
    }

    private static func check(
        _ streams: [EventSource], _ load: OutageLoad, _ service: ServiceProcess
    ) async throws {
        let last = try await service.client().send("PUT", "/out/w1/l2", body: #""last""#)
        let end = try #require(last["Nestkv-Revision"].flatMap { Int($0) })
        var all: [StreamedEvent] = []
        for stream in streams {
            let events = try await stream.wait(seconds: 60, "the last change") { $0.last?.revision == end }
            // They stay open while the store is away.
            #expect(stream.opened == 1 && stream.endings.isEmpty)
            #expect(!events.contains { $0.type == "reset" || $0.type == "snapshot" })
            if all.isEmpty { all = events }
            let paths = ["/_events": "", "/out/w1": "/out/w1/", "/_events?match=out/%2B/l2": "/l2"]
            let wanted = all.filter { event in
                let path = event.part("/path")?.stringContent.map { String(decoding: $0, as: UTF8.self) } ?? ""
                return path.contains(paths[stream.target] ?? "-")
            }
            #expect(events.map(\.revision) == wanted.map(\.revision), "\(stream.target)")
        }
        #expect(all.map(\.revision) == Array(1...end), "a change is missing, double or out of order")
        for (revision, path, value) in load.acknowledged.all {
            let event = all[revision - 1]
            #expect(event.line == "set \(path) \(value)", "revision \(revision)")
        }
        let state = try await service.client().send("GET", "/out")
        for event in Dictionary(all.map { ($0.line.split(separator: " ")[1], $0) }, uniquingKeysWith: { $1 }) {
            let pointer = String(event.key.dropFirst("/out".count))
            #expect(try state.part(pointer) == event.value.part("/value"), "\(event.key)")
        }
    }
}

/// Writers that go on whatever is answered.
private final class OutageLoad: Sendable {
    /// What was acknowledged: revision, path and value.
    let acknowledged = Tally<(revision: Int, path: String, value: Int)>()
    /// Writes that were refused, or of which it isn't known what became.
    let refused = Counter()
    private let isStopped = Counter()
    private let ended = Counter()
    private static let count = 8

    init(port: Int) {
        for writer in 0..<Self.count {
            Task {
                try? await onThread { [self] in try write(writer, Connection(port: port)) }
                ended.increase()
            }
        }
    }

    private func write(_ writer: Int, _ connection: Connection) throws {
        for number in 0... where isStopped.value == 0 {
            let path = "/out/w\(writer)/l\(number % 5)"
            let reply = try connection.send(HTTPRequest("PUT", path, body: Array("\(number)".utf8)))
            switch reply.status {
            case 200, 201: acknowledged.add((Int(reply["Nestkv-Revision"] ?? "") ?? 0, path, number))
            case 503, 504:
                refused.increase()
                usleep(5000)
            default: throw TestFailure("PUT answered \(reply.status) \(reply.text)")
            }
            if isStopped.value > 0 { return }
        }
    }

    func stop() async throws {
        isStopped.increase()
        try await eventually("the writers stop", seconds: 60) { self.ended.value == Self.count }
    }
}
