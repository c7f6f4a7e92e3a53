import Glibc
import MicroJSON
import TestSupport
import Testing

/// Many clients at once: no update is lost, whatever the interleaving.
@Suite(.sharedServices, .serialized, .timeLimit(.minutes(5 * TestLength.factor)))
struct ConcurrencyTests {
    private static let clients = 64
    private static let increments = TestLength.times(25)

    @Test(arguments: StoreKind.tested)
    func `64 clients increment one counter by read and If-Match PUT, many times each`(_ store: StoreKind) async throws {
        let port = try SharedServices.service(store).port
        let counter = try await inParallel(port, clients: Self.clients) { _, connection in
            for _ in 0..<Self.increments { try increment("/counter/n", connection) }
        }
        let total = Self.clients * Self.increments
        let reply = try await counter.send("GET", "/counter/n")
        #expect(reply.text == "\(total)")
        #expect(reply["Nestkv-Version"] == "\(total + 1)")
    }

    @Test(arguments: StoreKind.tested)
    func `writers of different parts of one document lose nothing`(_ store: StoreKind) async throws {
        let port = try SharedServices.service(store).port
        let setup = HTTPClient(port: port)
        let members = (0..<Self.clients).map { #""m\#($0)":{"n":-1}"# }.joined(separator: ",")
        #expect(try await setup.send("PUT", "/parts/d", body: "{\(members)}").status == 201)
        let client = try await inParallel(port, clients: Self.clients) { index, connection in
            for number in 0..<20 {
                let request = HTTPRequest("PUT", "/parts/d/m\(index)/n", body: Array("\(number)".utf8))
                let reply = try connection.send(request)
                guard reply.status == 200 else { throw TestFailure("PUT answered \(reply.status) \(reply.text)") }
                let read = try connection.send(HTTPRequest("GET", "/parts/d/m\(index)/n"))
                guard read.text == "\(number)" else { throw TestFailure("read \(read.text), not \(number)") }
            }
        }
        let reply = try await client.send("GET", "/parts/d?leaf")
        for index in 0..<Self.clients { #expect(try reply.part("/m\(index)/n") == .integer(19)) }
        #expect(reply["Nestkv-Version"] == "\(Self.clients * 20 + 1)")
    }

    @Test(arguments: StoreKind.tested)
    func `merge patches of different members of one leaf lose nothing`(_ store: StoreKind) async throws {
        let port = try SharedServices.service(store).port
        let client = try await inParallel(port, clients: Self.clients) { index, connection in
            for number in 0..<5 {
                let request = HTTPRequest(
                    "PATCH", "/patched/d", headers: [("Content-Type", "application/merge-patch+json")],
                    body: Array(#"{"m\#(index)":{"k\#(number)":\#(number)}}"#.utf8))
                let reply = try connection.send(request)
                guard reply.status < 300 else { throw TestFailure("PATCH answered \(reply.status) \(reply.text)") }
            }
        }
        let reply = try await client.send("GET", "/patched/d")
        let expected = (0..<5).map { #""k\#($0)":\#($0)"# }.joined(separator: ",")
        for index in 0..<Self.clients { #expect(try reply.part("/m\(index)") == json("{\(expected)}")) }
    }

    @Test(arguments: StoreKind.tested)
    func `one of 64 creators wins`(_ store: StoreKind) async throws {
        let port = try SharedServices.service(store).port
        for round in 0..<10 {
            let wins = Tally<Int>()
            let client = try await inParallel(port, clients: Self.clients) { index, connection in
                let request = HTTPRequest(
                    "PUT", "/created/\(round)", headers: [("If-None-Match", "*")], body: Array("\(index)".utf8))
                switch try connection.send(request).status {
                case 201: wins.add(index)
                case 412: break
                case let status: throw TestFailure("PUT answered \(status)")
                }
            }
            #expect(wins.all.count == 1)
            #expect(try await client.send("GET", "/created/\(round)").text == wins.all.first.map(String.init))
        }
    }

    /// A parent is put whole, and its children one by one. Whatever the order, each put of the parent clears what was
    /// there, so what remains is one parent's value with some children that were put after it.
    @Test(arguments: StoreKind.tested)
    func `concurrent puts of a parent and its children end as some serial order does`(_ store: StoreKind) async throws {
        let port = try SharedServices.service(store).port
        for round in 0..<10 {
            let path = "/family/r\(round)"
            let client = try await inParallel(port, clients: 16) { index, connection in
                let isParent = index % 4 == 0
                let request = HTTPRequest(
                    "PUT", isParent ? path : "\(path)/c\(index)",
                    body: Array((isParent ? #"{"parent":\#(index)}"# : "\(index)").utf8))
                let reply = try connection.send(request)
                guard reply.status < 300 else { throw TestFailure("PUT answered \(reply.status) \(reply.text)") }
            }
            guard case .object(let members) = try await client.send("GET", path).json() else {
                Issue.record("the parent is no object")
                continue
            }
            let parent = members["parent"].flatMap { Int($0.text.description) }
            #expect(
                parent.map { $0 % 4 == 0 } ?? false, "no parent's value is there: \(JSONValue.object(members).text)")
            for index in 0..<16 where members["c\(index)"] != nil {
                #expect(members["c\(index)"] == .integer(index) && index % 4 != 0)
            }
            let leaves = try await client.send("GET", "\(path)?leaf")
            #expect(try leaves.part("/parent") == members["parent"])
        }
    }
}

/// Runs `body` on several threads, each with a connection of its own, and returns a client to read the outcome.
func inParallel(
    _ port: Int, clients: Int, _ body: @escaping @Sendable (Int, Connection) throws -> Void
) async throws -> HTTPClient {
    try await withThrowingTaskGroup(of: Void.self) { group in
        for index in 0..<clients {
            group.addTask {
                try await onThread { try body(index, Connection(port: port)) }
            }
        }
        try await group.waitForAll()
    }
    return HTTPClient(port: port)
}

/// Reads, adds one and writes if no other client has written, until it succeeds; waits a little
/// longer each time, as a client should.
func increment(_ path: String, _ connection: Connection) throws {
    for attempt in 0... {
        if attempt > 0 { usleep(UInt32.random(in: 0..<500) << min(attempt, 10)) }
        let read = try connection.send(HTTPRequest("GET", path))
        var write = HTTPRequest("PUT", path, headers: [("Prefer", "return=minimal")], body: Array("1".utf8))
        if read.status == 404 {
            write.headers.append(("If-None-Match", "*"))
            write.body = Array("0".utf8)
        } else {
            guard let number = Int(read.text), let tag = read["ETag"] else {
                throw TestFailure("GET answered \(read.status) \(read.text)")
            }
            write.headers.append(("If-Match", tag))
            write.body = Array("\(number + 1)".utf8)
        }
        let written = try connection.send(write)
        switch written.status {
        case 204: return
        case 201, 412: continue
        default: throw TestFailure("PUT answered \(written.status) \(written.text)")
        }
    }
}
