import MicroJSON
import Synchronization
import TestSupport
import Testing

/// Requests that compute for long, and how much one reply may be.
@Suite(.timeLimit(.minutes(5)))
struct DearRequestTests {
    /// An object of 300 KB, and 12 writes to it that compute for long together: each has a condition on the whole.
    private static let document = "{" + (0..<25_000).map { "\"m\($0)\":\($0)" }.joined(separator: ",") + "}"
    private static let dear: String = {
        let operations = (0..<12).map {
            #"{"method":"PATCH","path":"/e/a","value":{"m\#($0)":0},"ifMatch":"*"}"#
        }
        return #"{"operations":[\#(operations.joined(separator: ","))]}"#
    }()

    /// A transaction with some writes to one document; /_health/live was answered after it, when that had computed for
    /// seconds on the one HTTP thread. It must be answered meanwhile.
    @Test(arguments: StoreKind.tested)
    func `a long computation does not delay other requests`(_ kind: StoreKind) async throws {
        try await withService(kind, ["--threads", "1"]) { service in
            let client = service.client()
            #expect(try await client.send("PUT", "/e/a", body: Self.document).status == 201)
            let done = Answered()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    let reply = try await service.client().send("POST", "/_transaction", body: Self.dear)
                    done.value.store(true, ordering: .sequentiallyConsistent)
                    #expect(reply.status == 200, "\(reply.text.prefix(300))")
                }
                try await Task.sleep(for: .milliseconds(200))
                #expect(try await client.send("GET", "/_health/live").status == 200)
                let wasDone = done.value.load(ordering: .sequentiallyConsistent)
                #expect(!wasDone, "it was answered after the transaction")
                try await group.waitForAll()
            }
        }
    }

    /// A check of schemas reads every leaf. It must not hold up the one HTTP thread, and it counts as expensive.
    @Test(arguments: StoreKind.tested)
    func `an examination of many values does not delay other requests`(_ kind: StoreKind) async throws {
        try await withService(kind, ["--threads", "1", "--max-computing", "1"]) { service in
            let client = service.client()
            let members = (0..<1000).map { #""m\#($0)":\#($0)"# }.joined(separator: ",")
            for number in 0..<40 {
                #expect(try await client.send("PUT", "/e/a\(number)", body: "{\(members)}").status == 201)
            }
            _ = try await client.send("PUT", "/__schema/s", body: #"{"type":"integer"}"#)
            _ = try await client.send("PUT", "/__schema/_bindings/b", body: #"{"match":"/e/+/+","schema":"s"}"#)
            let done = Answered()
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    let reply = try await service.client().send("POST", "/__schema/_bindings/b?op=check")
                    done.value.store(true, ordering: .sequentiallyConsistent)
                    #expect(try reply.part("/examined") == .integer(40_000), "\(reply.text.prefix(300))")
                }
                try await Task.sleep(for: .milliseconds(50))
                var reads = 0, refused = 0
                while !done.value.load(ordering: .sequentiallyConsistent) {
                    #expect(try await client.send("GET", "/e/a0/m7").text == "7")
                    reads += 1
                    let other = try await client.send("POST", "/__schema/_bindings/b?op=check")
                    if other.status == 503 { refused += 1 } else { #expect(other.status == 200) }
                }
                #expect(reads > 1 && refused > 0, "\(reads) reads, \(refused) refusals")
                try await group.waitForAll()
            }
        }
    }

    /// With `--max-computing 1` and two such requests at once the second waited without a bound. It gets 503.
    @Test func `more requests that compute for long than permitted get 503`() async throws {
        try await withService(.memory, ["--max-computing", "1"]) { service in
            let client = service.client()
            #expect(try await client.send("PUT", "/e/a", body: Self.document).status == 201)
            async let first = service.client().send("POST", "/_transaction", body: Self.dear)
            try await Task.sleep(for: .milliseconds(200))
            let second = try await client.send("POST", "/_batch", body: #"{"operations":[]}"#)
            #expect(second.status == 503 && second["Retry-After"] != nil)
            #expect(try second.part("/code") == .string("busy") && second.part("/limit") == .integer(1))
            #expect(try await client.send("GET", "/e/none").status == 404)
            let done = try await first
            #expect(done.status == 200)
            #expect(try await client.send("POST", "/_batch", body: #"{"operations":[]}"#).status == 200)
        }
    }

    private static let text = "\"" + String(repeating: "x", count: 20_000) + "\""
    private static let limits = ["--max-reply-size", "64KiB", "--max-value-size", "32KiB"]

    /// `?history` of five values of 20 KB gave 100 KB though `--max-reply-size` is 64 KiB. It must be refused, with
    /// what to ask for instead.
    @Test(arguments: StoreKind.tested)
    func `a history is not larger than the limit of a reply`(_ kind: StoreKind) async throws {
        try await withService(kind, Self.limits) { service in
            let client = service.client()
            for _ in 0..<5 { _ = try await client.send("PUT", "/e/a", body: Self.text) }
            let whole = try await client.send("GET", "/e/a?history")
            #expect(whole.status == 422 && whole.text.contains("limit=3"), "\(whole.text.prefix(300))")
            #expect(try whole.part("/limit") == .integer(65_536))
            let part = try await client.send("GET", "/e/a?history&limit=3")
            #expect(part.status == 200 && part.body.count < 65_536)
        }
    }

    /// Four swaps of 20 KB in one transaction gave 80 KB back. Nothing may be changed by what can't be answered.
    @Test(arguments: StoreKind.tested)
    func `swaps do not return more than the limit of a reply`(_ kind: StoreKind) async throws {
        try await withService(kind, Self.limits) { service in
            let client = service.client()
            for name in ["a", "b", "c", "d"] { _ = try await client.send("PUT", "/e/\(name)", body: Self.text) }
            let swaps = ["a", "b", "c", "d"].map {
                #"{"method":"POST","op":"swap","path":"/e/\#($0)","value":1}"#
            }
            let operations = #"{"operations":[\#(swaps.joined(separator: ","))]}"#
            let refused = try await client.send("POST", "/_transaction", body: operations)
            #expect(refused.status == 409 && refused.text.contains("subtree-too-large"), "\(refused.text.prefix(300))")
            #expect(try await client.send("GET", "/e/a").body.count == Self.text.utf8.count)
            let batch = try await client.send("POST", "/_batch", body: operations)
            #expect(batch.status == 200 && batch.body.count < 65_536 + 2048)
            var statuses: [String] = []
            for index in 0..<4 { statuses.append(try batch.part("/results/\(index)/status")?.text.description ?? "") }
            #expect(statuses.sorted() == ["200", "200", "200", "422"])
            let refusedName = ["a", "b", "c", "d"][statuses.firstIndex(of: "422") ?? 0]
            #expect(try await client.send("GET", "/e/\(refusedName)").body.count == Self.text.utf8.count)
        }
    }

    /// `?since=earliest&previous` gave ten changes of 20 KB with their previous values, 400 KB. The rest comes with the
    /// next poll.
    @Test(arguments: StoreKind.tested)
    func `a long poll does not return more than the limit of a reply`(_ kind: StoreKind) async throws {
        try await withService(kind, Self.limits) { service in
            let client = service.client()
            for index in 0..<10 {
                let text = "\"\(index)" + String(repeating: "x", count: 20_000) + "\""
                _ = try await client.send("PUT", "/e/a", body: text)
            }
            var since = "earliest", seen: [String] = []
            while seen.count < 10 {
                let reply = try await client.send("GET", "/e/a?since=\(since)&previous")
                #expect(reply.status == 200 && reply.body.count <= 65_536)
                guard reply.status == 200, case .array(let changes)? = try reply.part("/changes"), !changes.isEmpty
                else {
                    break
                }
                for change in changes { seen.append(change.value(at: [Array("value".utf8)])?.text.description ?? "") }
                since = String(decoding: try reply.part("/next")?.stringContent ?? [], as: UTF8.self)
            }
            #expect(seen.map { $0.dropFirst().first } == Array("0123456789"))
        }
    }

    /// Indented, an array of 5,000 elements 200 levels deep takes 2 MB. It was sent though 64 KiB is the most.
    @Test func `an indented reply is not larger than the limit`() async throws {
        try await withService(.memory, Self.limits) { service in
            let client = service.client()
            let list = Array(repeating: "1", count: 5000).joined(separator: ",")
            let deep = String(repeating: "[", count: 200) + list + String(repeating: "]", count: 200)
            #expect(try await client.send("PUT", "/e/a?pretty", body: deep).status == 201)
            #expect(try await client.send("GET", "/e/a").status == 200)
            let refused = try await client.send("GET", "/e/a?pretty")
            #expect(refused.status == 422 && refused.text.contains("pretty"), "\(refused.text.prefix(300))")
        }
    }

    /// 422 `subtree-too-large` said “work on its parts” and not how to find them.
    @Test func `the problem of a subtree that is too large names smaller requests`() async throws {
        try await withService(.memory, Self.limits) { service in
            let client = service.client()
            for name in ["a", "b", "c", "d"] { _ = try await client.send("PUT", "/e/\(name)", body: Self.text) }
            for path in ["/e", "/e?entry"] {
                let refused = try await client.send("GET", path)
                #expect(refused.status == 422 && refused.text.contains("?keys") && refused.text.contains("?depth"))
            }
            #expect(try await client.send("GET", "/e?keys").status == 200)
        }
    }
}

private final class Answered: Sendable {
    let value = Atomic(false)
}
