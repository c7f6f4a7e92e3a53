import Glibc
import MicroJSON
import NestKVCore
import TestSupport
import Testing

/// `?at` by the clock, where its sources end, and beside writers.
@Suite(.timeLimit(.minutes(3)))
struct PastTests {
    @Test(arguments: StoreKind.tested)
    func `a time returns the value at that millisecond`(_ store: StoreKind) async throws {
        try await withService(store) { service in
            let client = service.client()
            var states: [(time: String, text: String)] = []
            for number in 0..<20 {
                let written = try await client.send("PUT", "/e/d/k\(number % 3)", body: "\(number)")
                guard let time = try written.part("/updatedAt")?.stringContent else {
                    throw TestFailure("PUT answered \(written.text)")
                }
                states.append((String(decoding: time, as: UTF8.self), try await client.send("GET", "/e/d").text))
                usleep(3000)
            }
            for (time, text) in states {
                let reply = try await client.send("GET", "/e/d?at=\(time)")
                #expect(reply.status == 200 && reply.text == text, "\(time): \(reply.text), not \(text)")
                let later = time.dropLast(5) + "\(time.suffix(5).prefix(3))9Z"
                let leaf = try await client.send("GET", "/e/d/k0?leaf&at=\(later)")
                #expect(leaf.status == 200, "\(later): \(leaf.text)")
            }
            #expect(try await client.send("GET", "/e/d?at=2020-01-01T00:00:00Z").status == 404)
        }
    }

    @Test(arguments: StoreKind.tested)
    func `what is no longer retained is 410, and says so`(_ store: StoreKind) async throws {
        try await withService(store, ["--feed-changes", "20", "--history", "3"]) { service in
            let client = service.client()
            let first = try await client.send("PUT", "/e/d/a", body: "0")["Nestkv-Revision"].flatMap { Int($0) } ?? 0
            for number in 1...100 { _ = try await client.send("PUT", "/e/d/b", body: "\(number)") }
            let old = try await client.send("GET", "/e/d?at=\(first)")
            let ancient = try await client.send("GET", "/e/d?at=2020-01-01T00:00:00Z")
            if store == .nats {
                // A process remembers more of its own writes than the feed must keep.
                #expect(old.text == #"{"a":0}"# && ancient.status == 404)
            } else {
                #expect(try old.status == 410 && old.part("/code") == .string("gone"))
                #expect(ancient.status == 410)
            }
            // The feed reaches back ten changes; the history of what was written each time doesn't.
            let recent = try await client.send("GET", "/e/d?at=\(first + 90)")
            #expect(recent.status == 410 && recent.text.contains("Version"), "\(recent.status) \(recent.text)")
            #expect(try await client.send("GET", "/e/d?at=\(first + 98)").text == #"{"a":0,"b":98}"#)
            #expect(try await client.send("GET", "/e/d/a?leaf&at=\(first)").text == "0")
            #expect(try await client.send("GET", "/e/d/b?leaf&at=\(first)").status == 410)
        }
    }

    @Test(arguments: StoreKind.tested)
    func `the value at a revision does not change while others write`(_ store: StoreKind) async throws {
        try await withService(store) { service in
            let client = service.client()
            let members = (0..<50).map { #""k\#($0)":0"# }.joined(separator: ",")
            let put = try await client.send("PUT", "/e/d?flatten", body: "{\(members)}")
            let revision = put["Nestkv-Revision"] ?? ""
            let before = try await client.send("GET", "/e/d").text
            let port = service.port
            let isOver = Flag()
            async let writing: Void = onThread {
                let connection = try Connection(port: port)
                for number in 0..<1500 {
                    guard !isOver.isSet else { return }
                    let path = "/e/d/k\(number * 7 % 50)"
                    let isDeletion = number % 5 == 0
                    let request = HTTPRequest(
                        isDeletion ? "DELETE" : "PUT", path, body: isDeletion ? nil : Array("\(number)".utf8))
                    _ = try connection.send(request)
                }
            }
            for _ in 0..<100 {
                let reply = try await client.send("GET", "/e/d?at=\(revision)")
                #expect(reply.status == 200 && reply.text == before, "\(reply.status) \(reply.text)")
            }
            isOver.set()
            try await writing
        }
    }

    @Test(arguments: StoreKind.tested)
    func `a payload is of one revision while others write`(_ store: StoreKind) async throws {
        try await withService(store) { service in
            let client = service.client()
            _ = try await client.send("PUT", "/e/p", body: #"{"a":0,"b":0}"#)
            let port = service.port
            let isOver = Flag()
            async let writing: Void = onThread {
                let connection = try Connection(port: port)
                for number in 1...2000 {
                    guard !isOver.isSet else { return }
                    let body = Array(#"{"a":\#(number),"b":\#(number)}"#.utf8)
                    _ = try connection.send(HTTPRequest("PUT", "/e/p?flatten", body: body))
                }
            }
            var settled = 0
            for _ in 0..<200 {
                let reply = try await client.send(
                    "POST", "/_payload", body: #"{"mapping":{"a":"/e/p/a","b":"/e/p/b"}}"#)
                guard reply["Nestkv-Snapshot"] == "true" else { continue }
                settled += 1
                #expect(try reply.part("/a") == reply.part("/b"), "\(reply.text)")
            }
            isOver.set()
            try await writing
            #expect(settled > 0)
        }
    }

    @Test(arguments: StoreKind.tested)
    func `every key that stays is listed once while others come and go`(_ store: StoreKind) async throws {
        try await withService(store) { service in
            let client = service.client()
            let members = (0..<300).map { #""stays\#($0 + 100)":0"# }.joined(separator: ",")
            _ = try await client.send("PUT", "/e?flatten", body: "{\(members)}")
            let port = service.port
            let isOver = Flag()
            async let writing: Void = onThread {
                let connection = try Connection(port: port)
                for number in 0..<1500 {
                    guard !isOver.isSet else { return }
                    let path = "/e/stays\(number * 7 % 300 + 100)x"
                    _ = try connection.send(HTTPRequest("PUT", path, body: Array("1".utf8)))
                    if number % 2 == 0 { _ = try connection.send(HTTPRequest("DELETE", path)) }
                }
            }
            for _ in 0..<10 {
                var seen: [String] = []
                var next: String? = "/e?keys&limit=17"
                while let target = next {
                    let reply = try await client.send("GET", target)
                    guard case .array(let keys)? = try reply.part("/keys") else { throw TestFailure(reply.text) }
                    seen += keys.compactMap { $0.stringContent.map { String(decoding: $0, as: UTF8.self) } }
                    next = reply["Link"].map { String($0.dropFirst().prefix { $0 != ">" }) }
                }
                #expect(seen.filter { !$0.hasSuffix("x") }.count == 300)
                #expect(seen == seen.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) })
                #expect(Set(seen).count == seen.count)
            }
            isOver.set()
            try await writing
        }
    }
}
