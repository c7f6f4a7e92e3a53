import Glibc
import MicroJSON
import TestSupport
import Testing

/// Operations, transactions and times to live under many clients at once, and when clients and processes are killed.
@Suite(.sharedServices, .serialized, .timeLimit(.minutes(5 * TestLength.factor)))
struct AtomicityTests {
    /// Increments of each of 64 clients.
    private static let increments = TestLength.times(50)
    /// Transactions of each of four clients that fail, and of four whose don't.
    private static let (failures, rounds) = (TestLength.times(60), TestLength.times(20))

    @Test(arguments: StoreKind.tested)
    func `64 clients increment one counter, many times each`(_ store: StoreKind) async throws {
        let port = try SharedServices.service(store).port
        let client = try await inParallel(port, clients: 64) { _, connection in
            for _ in 0..<Self.increments {
                let reply = try connection.send(HTTPRequest("POST", "/atomic/n?op=increment"))
                guard reply.status == 200 else { throw TestFailure("it answered \(reply.status) \(reply.text)") }
            }
        }
        let reply = try await client.send("GET", "/atomic/n")
        #expect(reply.text == "\(64 * Self.increments)" && reply["Nestkv-Version"] == reply.text)
    }

    @Test(arguments: StoreKind.tested)
    func `each of 64 concurrent compare-and-swaps and swaps takes its turn`(_ store: StoreKind) async throws {
        let port = try SharedServices.service(store).port
        let seen = Tally<String>()
        let client = try await inParallel(port, clients: 32) { index, connection in
            for round in 0..<20 {
                let body = Array("\(index * 100 + round)".utf8)
                seen.add(try connection.send(HTTPRequest("POST", "/atomic/s?op=swap", body: body)).text)
            }
        }
        // Every value was returned once, except the last; and null for the first.
        let last = try await client.send("GET", "/atomic/s").text
        let expected = (0..<32).flatMap { index in (0..<20).map { "\(index * 100 + $0)" } }
        #expect((seen.all + [last]).sorted() == (expected + ["null"]).sorted())
    }

    /// Two counters change together, and one transaction in three fails.
    @Test(arguments: StoreKind.tested)
    func `transactions with a failing condition change nothing, also beside other writers`(_ store: StoreKind)
        async throws
    {
        let port = try SharedServices.service(store).port
        let (failures, rounds) = (Self.failures, Self.rounds)
        let done = Counter(), failed = Counter()
        let setup = HTTPClient(port: port)
        _ = try await setup.send("PUT", "/tx/gate", body: "0")
        let client = try await inParallel(port, clients: 8) { index, connection in
            let isFailing = index % 2 == 0
            for round in 0..<(isFailing ? failures : rounds) {
                // The hundredth fails and must have no effect on the others.
                let last = isFailing ? #","ifVersion":99999"# : ""
                var operations = (0..<98).map { index in
                    #"{"method":"POST","op":"increment","path":"/tx/\#(index % 2 == 0 ? "a" : "b")"#
                        + #"/n\#(index / 2)"}"#
                }
                operations.append(#"{"method":"PUT","path":"/tx/w/\#(index)","value":\#(round)}"#)
                operations.append(#"{"method":"PUT","path":"/tx/gate","value":\#(round)\#(last)}"#)
                let body = Array(#"{"operations":[\#(operations.joined(separator: ","))]}"#.utf8)
                let reply = try connection.send(HTTPRequest("POST", "/_transaction", body: body))
                switch reply.status {
                case 200 where !isFailing: done.increase()
                case 409 where isFailing:
                    guard try reply.part("/opIndex") == .integer(99) else { throw TestFailure(reply.text) }
                    failed.increase()
                default: throw TestFailure("it answered \(reply.status) \(reply.text.prefix(400))")
                }
            }
        }
        #expect(done.value == 4 * rounds && failed.value == 4 * failures)
        let all = try await client.send("GET", "/tx")
        for index in 0..<49 {
            for name in ["a", "b"] { #expect(try all.part("/\(name)/n\(index)") == .integer(4 * rounds)) }
        }
        for index in 0..<8 {
            #expect(try all.part("/w/\(index)") == (index % 2 == 0 ? nil : .integer(rounds - 1)))
        }
    }

    @Test(arguments: StoreKind.tested)
    func `writers of several paths and of all paths never deadlock`(
        _ store: StoreKind
    ) async throws {
        let port = try SharedServices.service(store).port
        _ = try await inParallel(port, clients: 16) { index, connection in
            for round in 0..<50 {
                let operations = ["a", "b", "c\(index)"].map {
                    #"{"method":"POST","op":"increment","path":"/locks/\#($0)/n"}"#
                }
                let request =
                    index % 4 == 0
                    ? HTTPRequest("PUT", "/locks?flatten", body: Array(#"{"a":{"n":\#(round)},"b":{"n":1}}"#.utf8))
                    : HTTPRequest(
                        "POST", "/_transaction",
                        body: Array(#"{"operations":[\#(operations.joined(separator: ","))]}"#.utf8))
                let reply = try connection.send(request)
                guard reply.status < 300 else { throw TestFailure("it answered \(reply.status) \(reply.text)") }
            }
        }
    }

    @Test(arguments: StoreKind.tested)
    func `one of several concurrent duplicates is carried out, and all get its answer`(_ store: StoreKind) async throws
    {
        let port = try SharedServices.service(store).port
        for round in 0..<10 {
            let answers = Tally<String>()
            let body = Array(#"{"old":null,"new":"done"}"#.utf8)
            let setup = HTTPClient(port: port)
            _ = try await setup.send("PUT", "/once/s\(round)", body: "null")
            let client = try await inParallel(port, clients: 16) { _, connection in
                let key = [(name: "Idempotency-Key", value: "once-\(round)")]
                let added = try connection.send(HTTPRequest("POST", "/once/n?op=increment&by=\(round)", headers: key))
                let other = [(name: "Idempotency-Key", value: "once-cas-\(round)")]
                let swapped = try connection.send(
                    HTTPRequest("POST", "/once/s\(round)?op=compare-and-swap", headers: other, body: body))
                answers.add("\(added.status) \(added.text) \(swapped.status)")
            }
            #expect(Set(answers.all) == ["200 \((0...round).reduce(0, +)) 200"])
            #expect(try await client.send("GET", "/once/n")["Nestkv-Version"] == "\(round + 1)")
        }
    }

    @Test(arguments: StoreKind.tested)
    func `ten thousand leaves expire at their time, each with one event`(_ store: StoreKind) async throws {
        let client = try SharedServices.service(store).client()
        let count = 10_000
        let started = try await client.send("PUT", "/short/gate", body: "0")
        let revision = try #require(started["Nestkv-Revision"])
        try await putShortLivedLeaves(count, by: [client])
        try await Task.sleep(for: .seconds(1))
        #expect(try await client.send("GET", "/short/l").status == 404)
        #expect(try await client.send("GET", "/short/l/\(count - 1)").status == 404)
        let deadline = ContinuousClock.now + .seconds(60)
        var next = revision
        var expired: [String: Int] = [:]
        while expired.count < count, .now < deadline {
            let page = try await client.send("GET", "/short/l?since=\(next)&wait=1s&limit=1000")
            guard page.status == 200, case .array(let changes)? = try page.part("/changes") else { continue }
            for change in changes where change.value(at: [Array("operation".utf8)]) == .string("expire") {
                expired[change.value(at: [Array("path".utf8)])?.text.description ?? "", default: 0] += 1
            }
            next = try #require(page.part("/next")?.stringContent.map { String(decoding: $0, as: UTF8.self) })
        }
        #expect(expired.count == count && expired.values.allSatisfy { $0 == 1 })
        let more = try await client.send("GET", "/short/l?since=\(next)&wait=500ms")
        #expect(more.status == 204)
        #expect(try await client.send("GET", "/_entrypoints/short/health").part("/values") == .integer(1))
    }

    /// A complete request is carried out, an incomplete one is not.
    @Test(arguments: StoreKind.tested)
    func `a client that disconnects leaves all of a transaction or nothing`(_ store: StoreKind) async throws {
        let service = try SharedServices.service(store)
        let operations = (0..<500).map { #"{"method":"PUT","path":"/away/{t}/\#($0)","value":1}"# }
        let list = #"{"operations":[\#(operations.joined(separator: ","))]}"#
        for (index, path) in ["/_transaction", "/_batch"].enumerated() {
            for cut in [0, 1000] {
                let body = Array(list.replacing("{t}", with: "t\(index)c\(cut)").utf8)
                let head = "POST \(path) HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(body.count)\r\n\r\n"
                let port = service.port
                try await onThread {
                    let connection = try Connection(port: port)
                    try connection.send(Array(head.utf8) + body.dropLast(cut))
                    // It disconnects without waiting for the answer.
                }
                let client = service.client()
                let target = "/away/t\(index)c\(cut)"
                var status = 404, leaves = 0
                for _ in 0..<200 where leaves < 500 {
                    let reply = try await client.send("GET", target)
                    status = reply.status
                    if status == 200, case .object(let members) = try reply.json() { leaves = members.count }
                    // A transaction is never seen in part.
                    if path == "/_transaction" { #expect(leaves == 0 || leaves == 500) }
                    if cut > 0 { break }
                    try await Task.sleep(for: .milliseconds(20))
                }
                #expect(leaves == (cut == 0 ? 500 : 0), "\(path) cut by \(cut): \(status)")
            }
        }
    }
}
