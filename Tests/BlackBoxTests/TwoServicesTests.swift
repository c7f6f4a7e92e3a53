import Glibc
import MicroJSON
import TestSupport
import Testing

/// Two services on one store that several processes may use.
@Suite(.serialized, .timeLimit(.minutes(10 * TestLength.factor)))
struct TwoServicesTests {
    /// Two processes, which differ only in their ports.
    static func withServices(
        _ store: StoreKind, _ body: (ServiceProcess, ServiceProcess) async throws -> Void
    ) async throws {
        let place = try await store.place()
        let first = try await ServiceProcess.start(store: place.address)
        let second = try await ServiceProcess.start(store: place.address)
        do {
            try await body(first, second)
        } catch {
            Issue.record("\(error)\nThe logs end with:\n\(first.log.suffix(2000))\n\(second.log.suffix(2000))")
            throw error
        }
        for service in [first, second] { #expect(try await service.stop() == .exit(0)) }
        withExtendedLifetime(place) {}
    }

    /// The same work for as many clients of each.
    private static func inParallel(
        _ first: ServiceProcess, _ second: ServiceProcess, clients: Int,
        _ body: @escaping @Sendable (Int, Connection) throws -> Void
    ) async throws {
        async let others = BlackBoxTests.inParallel(second.port, clients: clients) { try body($0 + clients, $1) }
        _ = try await BlackBoxTests.inParallel(first.port, clients: clients, body)
        _ = try await others
    }

    @Test(arguments: StoreKind.sharing)
    func `32 clients of each count exactly, and their subscribers see the same`(_ store: StoreKind) async throws {
        let (clients, increments) = (32, TestLength.times(25))
        try await Self.withServices(store) { first, second in
            let services = [first, second]
            _ = try await first.client().send("PUT", "/count/n", body: "0")
            var streams: [EventSource] = []
            for service in services { streams.append(try await service.following("/count")) }
            defer { for stream in streams { stream.close() } }
            try await Self.inParallel(first, second, clients: clients) { _, connection in
                for _ in 0..<increments { try increment("/count/n", connection) }
            }
            let total = 2 * clients * increments
            var seen: [[String]] = []
            for (service, stream) in zip(services, streams) {
                let reply = try await service.client().send("GET", "/count/n")
                #expect(reply.text == "\(total)" && reply["Nestkv-Version"] == "\(total + 1)")
                let events = try await stream.wait(seconds: 60, "event \(total)") { $0.count >= total }
                #expect(events.map { $0.part("/value")?.text.description } == (1...total).map { "\($0)" })
                seen.append(events.map(\.id))
            }
            #expect(seen[0] == seen[1] && streams.allSatisfy { $0.endings.isEmpty })
            // An id of one holds on the other.
            let middle = seen[0][total - 20]
            let resumed = try await second.following("/count", lastEventID: middle)
            defer { resumed.close() }
            #expect(try await resumed.wait(for: 19).map(\.id) == seen[0].suffix(19))
        }
    }

    @Test(arguments: StoreKind.sharing)
    func `ten thousand leaves of both expire at their time, each with one event`(_ store: StoreKind) async throws {
        try await Self.withServices(store) { first, second in
            let count = 10_000
            let streams = [first, second].map { EventSource(port: $0.port, "/short", lastEventID: "earliest") }
            defer { for stream in streams { stream.close() } }
            let clients = [first.client(), second.client()]
            try await putShortLivedLeaves(count, by: clients)
            try await Task.sleep(for: .seconds(1))
            for client in clients {
                #expect(try await client.send("GET", "/short/l").status == 404)
                #expect(try await client.send("GET", "/short/l/\(count - 1)").status == 404)
            }
            for stream in streams {
                let events = try await stream.wait(seconds: 60, "the last leaf's end") { events in
                    events.count { $0.type == "expire" } >= count
                }
                #expect(events.count == 2 * count)
                #expect(Set(events.filter { $0.type == "expire" }.map(\.line)).count == count)
            }
            // Nothing comes twice, also not a little later.
            let last = try await clients[0].send("PUT", "/short/last", body: "1")
            for stream in streams {
                let events = try await stream.wait(for: 2 * count + 1)
                #expect(events.last.map { "\($0.revision)" } == last["Nestkv-Revision"])
                #expect(events.map(\.id) == streams[0].events.map(\.id))
            }
            for client in clients {
                #expect(try await client.send("GET", "/_entrypoints/short/health").part("/values") == .integer(1))
            }
        }
    }

    @Test(arguments: StoreKind.sharing)
    func `settings of an entry point apply to both, also if no client follows changes`(
        _ store: StoreKind
    ) async throws {
        try await Self.withServices(store) { first, second in
            let clients = [first.client(), second.client()]
            let settings = [#"{"casRequired":true}"#, "{}"]
            for (round, text) in (settings + settings).enumerated() {
                let expected = text == "{}" ? 200 : 428
                #expect(try await clients[0].send("PUT", "/_entrypoints/ruled", body: text).status < 300)
                if round == 0 {
                    _ = try await clients[0].send("PUT", "/ruled/a", headers: [("If-None-Match", "*")], body: "0")
                }
                // It holds at once where it was set, and soon elsewhere.
                #expect(try await clients[0].send("PUT", "/ruled/a", body: "1").status == expected)
                while try await clients[1].send("PUT", "/ruled/a", body: "1").status != expected {
                    try await Task.sleep(for: .milliseconds(5))
                }
            }
        }
    }

    @Test(arguments: StoreKind.sharing)
    func `a repeated request is carried out once, whichever of them it goes to`(_ store: StoreKind) async throws {
        try await Self.withServices(store) { first, second in
            for round in 0..<10 {
                let answers = Tally<String>()
                try await Self.inParallel(first, second, clients: 8) { _, connection in
                    let key = [(name: "Idempotency-Key", value: "once-\(round)")]
                    let reply = try connection.send(
                        HTTPRequest("POST", "/once/n?op=increment&by=\(round)", headers: key))
                    answers.add("\(reply.status) \(reply.text)")
                }
                #expect(Set(answers.all) == ["200 \((0...round).reduce(0, +))"] && answers.all.count == 16)
                for service in [first, second] {
                    let reply = try await service.client().send("GET", "/once/n")
                    #expect(reply["Nestkv-Version"] == "\(round + 1)")
                }
            }
        }
    }

    @Test(arguments: StoreKind.sharing)
    func `changes through either reach both in one order, with ids that can be resumed at the other`(
        _ store: StoreKind
    ) async throws {
        try await Self.withServices(store) { first, second in
            let streams = [first, second].map { EventSource(port: $0.port, "/_events", lastEventID: "earliest") }
            defer { for stream in streams { stream.close() } }
            let writers = [first, second].map { service in
                Writers(4, port: service.port) { writer, number in
                    HTTPRequest("PUT", "/both/w\(writer)/l\(number % 5)", body: Array("\(number)".utf8))
                }
            }
            for round in 0..<20 {
                let target = streams[0].events.count + 50
                _ = try await streams[0].wait(seconds: 60, "round \(round)") { $0.count >= target }
                // A client of one reconnects to the other.
                let port = streams[0].port
                streams[0].move(to: port == first.port ? second.port : first.port)
                streams[0].cut()
            }
            for writers in writers { try await writers.stop() }
            let last = try await first.client().send("PUT", "/both/last", body: "1")
            let end = try #require(last["Nestkv-Revision"].flatMap { Int($0) })
            for stream in streams {
                let events = try await stream.wait(seconds: 60, "the last change") { $0.last?.revision == end }
                #expect(events.map(\.revision) == Array(1...end), "a change is missing, double or out of order")
                #expect(events.map(\.data) == streams[0].events.map(\.data))
            }
        }
    }
}
