import Glibc
import MicroJSON
import TestSupport
import Testing

/// What a process leaves behind for the next one on the same folder.
@Suite(.timeLimit(.minutes(2)), .enabled(if: StoreKind.tested.contains(.rocksdb)))
struct RestartTests {
    @Test func `settings, times to live and answers to repeated requests survive`() async throws {
        let place = try await StoreKind.rocksdb.place()
        let address = place.address
        let first = try await ServiceProcess.start(store: address)
        var client = first.client()
        let settings = #"{"history":1,"casRequired":true,"ttl":"1h","description":"kept"}"#
        #expect(try await client.send("PUT", "/_entrypoints/kept", body: settings).status == 201)
        #expect(try await client.send("PUT", "/short/a?ttl=1s", body: "1").status == 201)
        let key = [(name: "Idempotency-Key", value: "one")]
        let answer = try await client.send("POST", "/n/n?op=increment", headers: key)
        let appended = try await client.send("POST", "/n/l", headers: [("Idempotency-Key", "two")], body: "1")
        #expect(answer.text == "1" && appended.status == 201)
        #expect(try await first.stop(SIGKILL) == .signal(SIGKILL))

        let second = try await ServiceProcess.start(store: address)
        client = second.client()
        #expect(try await client.send("PUT", "/kept/a", body: "1").status == 428)
        let shown = try await client.send("GET", "/_entrypoints/kept")
        #expect(try shown.part("/description") == .string("kept") && shown.part("/history") == .integer(1))
        let again = try await client.send("POST", "/n/n?op=increment", headers: key)
        #expect(again.text == "1" && again["Idempotency-Replayed"] == "true" && again["ETag"] == answer["ETag"])
        let child = try await client.send("POST", "/n/l", headers: [("Idempotency-Key", "two")], body: "1")
        #expect(child["Location"] == appended["Location"])
        #expect(try await client.send("GET", "/n/n").text == "1")
        try await Task.sleep(for: .seconds(1))
        #expect(try await client.send("GET", "/short").status == 404)
        let changes = try await client.send("GET", "/short?since=earliest&wait=2s")
        #expect(try changes.part("/changes/0/operation") == .string("set"))
        #expect(try await second.stop() == .exit(0))
        withExtendedLifetime(place) {}
    }

    /// `kill -9` in the midst of transactions, which change two paths together and are repeated until they are
    /// answered.
    @Test func `a killed process leaves whole transactions, and a repeated one is done once`() async throws {
        let place = try await StoreKind.rocksdb.place()
        let address = place.address
        var acknowledged = 0
        for round in 0..<8 {
            let service = try await ServiceProcess.start(store: address)
            let port = service.port
            let start = acknowledged
            let done = Counter()
            async let writer = onThread {
                var number = start
                guard let connection = try? Connection(port: port) else { return number }
                while true {
                    // The first one of a round is the one that was not answered before.
                    let body = #"""
                        {"operations":[{"method":"POST","op":"increment","path":"/k/a"},
                        {"method":"PUT","path":"/k/log/\#(number)","value":true},
                        {"method":"POST","op":"increment","path":"/k/b/c"}]}
                        """#
                    let request = HTTPRequest(
                        "POST", "/_transaction", headers: [("Idempotency-Key", "k\(number)")], body: Array(body.utf8))
                    guard let reply = try? connection.send(request), [200, 409].contains(reply.status) else {
                        return number
                    }
                    // Carried out before the kill, but its answer was not kept: nothing was done again.
                    let isUnanswered = (try? reply.part("/code")) == .string("idempotency-conflict")
                    guard reply.status == 200 || isUnanswered else { return number }
                    number += 1
                    done.increase()
                }
            }
            try await onThread {
                for _ in 0..<4000 where done.value < 10 + round * 7 { usleep(500) }
                service.signal(SIGKILL)
            }
            acknowledged = try await writer
            _ = try await service.stop(0)
        }
        let service = try await ServiceProcess.start(store: address)
        let tree = try await service.client().send("GET", "/k")
        let count = try #require(try tree.part("/a").flatMap { Int($0.text.description) })
        #expect(count == acknowledged || count == acknowledged + 1)
        #expect(try tree.part("/b/c") == .integer(count))
        guard case .object(let log)? = try tree.part("/log") else { throw TestFailure("there is no log") }
        #expect(log.count == count)
        #expect(try await service.stop() == .exit(0))
        withExtendedLifetime(place) {}
    }
}
