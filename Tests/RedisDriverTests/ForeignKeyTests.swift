import DriverConformance
import NestKVStorage
import RedisDriver
import TestSupport
import Testing

/// Commands of redis-cli on a database that nestkv uses.
@Suite("Keys of other programs", .serialized, .timeLimit(.minutes(5)))
struct ForeignKeyTests {
    @Test func `are seen at once, as leaves and in subtrees, with a version`() async throws {
        try await withDriver { server, driver in
            for number in 0..<30 {
                try await server.cli("SET", "ep1:user:u\(number)", #"{"age":\#(number)}"#)
                #expect(try await driver.texts("ep1", "user").count == number + 1, "after \(number)")
            }
            try await server.cli("SET", "ep1:user:u3", #"{ "age" : 99 }"#)
            let leaf = try await driver.leaf("ep1", "user", "u3")
            #expect(leaf?.value.description == #"{"age":99}"#)
            #expect(leaf?.version == 2)
            #expect(try await driver.names(below: .root, after: nil, limit: 10) == [Array("ep1".utf8)])
        }
    }

    @Test func `are plain text also if nestkv wrote them`() async throws {
        try await withDriver { server, driver in
            try await driver.put(["ep1", "user", "bob"], #"{"age":1.0}"#)
            #expect(try await server.cli("GET", "ep1:user:bob") == #"{"age":1.0}"#)
            try await driver.put(["ep1", "a:b", #"c\d"#], "1")
            #expect(try await server.cli("GET", #"ep1:a\:b:c\\d"#) == "1")
            try await driver.put(["nestkv", "state"], "2")
            #expect(try await server.cli("GET", #"\nestkv:state"#) == "2")
            #expect(try await driver.leaf("nestkv", "state")?.value.description == "2")
        }
    }

    @Test func `make one change each in the feed, whichever process notices them`() async throws {
        try await withDriver { server, first in
            let second = try await server.open()
            for number in 0..<20 {
                try await server.cli("SET", "ep1:k", "\(number)")
                async let one = first.leaf("ep1", "k")?.value.description
                async let two = second.leaf("ep1", "k")?.value.description
                #expect(try await [one, two] == ["\(number)", "\(number)"])
            }
            try await server.cli("DEL", "ep1:k")
            try await eventually("the deletion is noticed") { try await first.feed().count == 21 }
            let expected = (0..<20).map { "\($0 + 1) set /ep1/k \($0) v\($0 + 1)" } + ["21 delete /ep1/k null v21"]
            #expect(try await first.feed() == expected)
            #expect(try await second.feed() == expected)
            let history = try await first.revisions(of: Key(["ep1".utf8, "k".utf8]), limit: 3)
            #expect(history.map(\.value.description) == ["null", "19", "18"])
            await second.shutdown()
        }
    }

    @Test func `wake tasks that wait for changes`() async throws {
        try await withDriver { server, driver in
            async let waiting: Void = driver.waitForChange(in: .store, after: 0)
            try await server.cli("SET", "ep1:k", "1")
            try await waiting
            #expect(try await driver.feed() == ["1 set /ep1/k 1 v1"])
        }
    }

    @Test func `that aren't JSON or a string are an error of their own, and don't hide other keys`() async throws {
        try await withDriver { server, driver in
            try await server.cli("SET", "ep1:user:good", "1")
            try await server.cli("SET", "ep1:user:text", "hello")
            try await server.cli("SET", "ep1:user:double", #"{"a":1,"a":2}"#)
            try await server.cli("HSET", "ep1:user:hash", "a", "1")
            try await server.cli("HSET", "ep1:user", "a", "1")
            try await server.cli("SET", "ep1:user:hash:below", "2")
            #expect(try await driver.texts("ep1", "user") == ["/ep1/user/good": "1", "/ep1/user/hash/below": "2"])
            #expect(try await driver.texts("ep1", "user", "good") == ["/ep1/user/good": "1"])
            for name in ["text", "double", "hash"] {
                let error = await #expect(throws: DriverError.self) { try await driver.leaf("ep1", "user", name) }
                #expect(error?.message.contains("ep1:user:\(name)") == true)
            }
            // None of them is overwritten.
            await #expect(throws: DriverError.self) { try await driver.put(["ep1", "user", "hash"], "3") }
            #expect(try await server.cli("HGET", "ep1:user:hash", "a") == "1")
            // When a leaf becomes unreadable, followers of the feed see it deleted. Then it comes back.
            try await server.cli("SET", "ep1:user:good", "oops")
            #expect(try await driver.texts("ep1", "user") == ["/ep1/user/hash/below": "2"])
            try await server.cli("SET", "ep1:user:good", "4")
            #expect(try await driver.leaf("ep1", "user", "good")?.version == 3)
            try await server.cli("SET", "ep1:user:text", #""hello""#)
            #expect(try await driver.leaf("ep1", "user", "text")?.version == 1)
            for name in ["double", "text", "good"] { try await server.cli("DEL", "ep1:user:\(name)") }
            #expect(try await driver.leaf("ep1", "user", "double") == nil)
        }
    }

    @Test func `that no path can name are ignored`() async throws {
        // `SET e:.. 1` was listed, composed and streamed as /e/.., and could be neither read nor deleted (400).
        let long = (1...65).map { "\($0)" }.joined(separator: ":")
        let names = [
            "", "a::b", ":a", "a:", #"a\b"#, "nestkv:x", "e:..", "e:.:f", "e:a\nb", "e:\u{7F}", "e:\u{85}", "_x:y",
            long,
            "e:" + String(repeating: "x", count: 1024),
        ]
        try await withDriver { server, driver in
            for key in names { try await server.cli("SET", key, "1") }
            try await server.cli("SET", "a:fine", "2")
            try await server.cli("SET", "e:...", "3")
            let second = try await server.open()
            for driver in [driver, second] {
                let found = try await driver.scan(.root, after: nil, limit: 100).records.map(\.key.description)
                #expect(found == ["/a/fine", "/e/..."])
                #expect(try await driver.names(below: .root, after: nil, limit: 9).count == 2)
            }
            #expect(try await driver.feed().count == 2)
            #expect(try await server.cli("HLEN", "nestkv:meta") == "4", "two rows, the state, the runs")
            await second.shutdown()
        }
    }

    @Test func `that no path can name are counted in the log, once, including later ones`() async throws {
        let lines = LogLines()
        var options = DriverOptions.conformance
        options.logger = lines.logger
        options.keys = KeyLimits(segments: 3, bytes: 20, entryPoints: ["e"])
        let server = try await RedisServer.start()
        for name in ["e:..", "e:a:b:c", "e:" + String(repeating: "x", count: 20), "f:a"] {
            try await server.cli("SET", name, "1")
        }
        try await server.cli("SET", "e:a:b", "2")
        let driver = try await server.open("", options)
        try await server.cli("SET", "e:.", "1")
        for _ in 0..<5 { try await server.cli("INCR", "e:.") }
        #expect(try await driver.texts("e") == ["/e/a/b": "2"])
        try await eventually("it is logged") { lines.count("no path can name") > 0 }
        #expect(lines.count("no path can name") == 1 && lines.count("keys=5") == 1, "\(lines.all)")
        await driver.shutdown()
    }

    @Test func `that expire or are renamed are noticed`() async throws {
        try await withDriver { server, driver in
            try await server.cli("SET", "ep1:soon", "1", "PX", "50")
            #expect(try await driver.leaf("ep1", "soon") != nil)
            try await eventually("it expires") { try await driver.texts("ep1").isEmpty }
            try await eventually("the feed has it") { try await driver.feed().last == "2 expire /ep1/soon null v2" }
            try await driver.put(["ep1", "old"], "3")
            try await server.cli("RENAME", "ep1:old", "ep1:new")
            #expect(try await driver.texts("ep1") == ["/ep1/new": "3"])
            try await server.cli("INCR", "ep1:new")
            #expect(try await driver.texts("ep1") == ["/ep1/new": "4"])
        }
    }

    @Test func `that existed before are found at the start, including those deleted while nestkv was stopped`()
        async throws
    {
        let server = try await RedisServer.start()
        for chunk in 0..<5 {
            try await server.cli(
                ["MSET"] + (0..<1000).flatMap { ["old:\(chunk):k\($0)", #"{"n":\#($0)}"#] })
        }
        let first = try await server.open()
        #expect(try await first.texts("old").count == 5000)
        try await first.put(["old", "mine"], "1")
        await first.shutdown()
        try await server.cli("DEL", "old:0:k0", "old:mine")
        try await server.cli("SET", "old:0:k1", "7")
        let second = try await server.open()
        let texts = try await second.texts("old")
        #expect(texts.count == 4999 && texts["/old/0/k1"] == "7" && texts["/old/mine"] == nil)
        #expect(try await second.feed().count == 5001 + 3)
        await second.shutdown()
    }

    @Test func `are found by regular scans if the server reports no changes`() async throws {
        let server = try await RedisServer.start()
        try await server.cli("ACL", "SETUSER", "app", "on", ">secret", "~*", "&*", "+@all", "-client|tracking")
        let url = try StoreURL("redis://app:secret@127.0.0.1:\(server.port)/0?rescan=200ms")
        let driver = try await DriverFactory.redis.open(url, .conformance)
        try await server.cli("SET", "ep1:k", "1")
        #expect(try await driver.leaf("ep1", "k")?.value.description == "1")
        try await server.cli("SET", "ep1:k", "2")
        #expect(try await driver.leaf("ep1", "k")?.value.description == "2")
        try await server.cli("SET", "ep1:other", "3")
        try await eventually("it is found") { try await driver.texts("ep1").count == 2 }
        await driver.shutdown()
    }

    @Test func `and concurrent writes of nestkv to the same key lose nothing`() async throws {
        try await withDriver { server, driver in
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for number in 0..<60 { try await server.cli("SET", "ep1:hot", #""f\#(number)""#) }
                }
                for task in 0..<4 {
                    group.addTask {
                        for number in 0..<300 { try await driver.put(["ep1", "hot"], #""n\#(task)-\#(number)""#) }
                    }
                }
                try await group.waitForAll()
            }
            for _ in 0..<20 {
                let value = try await server.cli("GET", "ep1:hot")
                #expect(try await driver.leaf("ep1", "hot")?.value.description == value)
            }
            try await server.cli("SET", "ep1:hot", "1")
            #expect(try await driver.leaf("ep1", "hot")?.value.description == "1")
            let revisions = try await driver.changes(in: .store, after: 0, limit: 100_000).changes.map(\.revision)
            #expect(revisions == Array(1...UInt64(revisions.count)))
        }
    }
}
