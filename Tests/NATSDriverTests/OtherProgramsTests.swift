import MicroJSON
import NATSDriver
import NestKVCore
import TestSupport
import Testing

@Suite("Beside other programs, the NATS driver", .timeLimit(.minutes(1)), .natsServers, .serialized)
struct OtherProgramsTests {
    @Test("reads a KV client's values, and the client reads its values", arguments: NATSServer.Version.allCases)
    func sharesValues(_ version: NATSServer.Version) async throws {
        let server = try NATSServers.server(version)
        let client = KVClient(address: server.address, bucket: "ep1")
        try await client.create()
        let revision = try await client.put("user.alice", #"{ "age": 30 }"#)
        try await withNATS(server) { driver in
            let node = try await driver.node(key("ep1/user"), .everything)
            #expect(node.below.map(\.key) == [key("ep1/user/alice")])
            let record = try #require(node.below.first)
            #expect(record.value.description == #"{"age":30}"#)
            #expect(record.version == revision && record.revision == revision)
            #expect(record.attribution.isEmpty && record.expiresAt == nil)
            #expect(record.dataHash == CanonicalHashing().hash(of: record.value))
            #expect(abs(record.updatedAt.milliseconds - Timestamp.now.milliseconds) < 60_000)

            let mine = try await driver.write("ep1/user/bob") { _ in #"{"age":31}"# }
            #expect(mine.version == 1)
            #expect(try await client.get("user.bob") == #"{"age":31}"#)
            let changed = try await driver.write("ep1/user/alice") { _ in "1" }
            #expect(changed.version == revision + 1)
            #expect(try await client.get("user.alice") == "1")
            try await driver.write("ep1/user/alice") { _ in nil }
            #expect(try await client.get("user.alice") == nil)
            #expect(try await driver.names(below: .root, after: nil, limit: 9) == [Array("ep1".utf8)])
        }
    }

    @Test("creates the bucket of an entry point with settings", arguments: NATSServer.Version.allCases)
    func preparesBuckets(_ version: NATSServer.Version) async throws {
        let server = try NATSServers.server(version)
        let client = KVClient(address: server.address, bucket: "prepared")
        try await withNATS(server) { driver in
            var settings = EntryPointSettings()
            settings.replicas = 1
            try await driver.prepare(Array("prepared".utf8), settings)
            try await client.put("a", "1")
            #expect(try await driver.value("prepared/a") == "1")
            try await driver.prepare(Array("prepared".utf8), settings)
            // Neither an existing bucket nor a new one can be stored on servers that don't exist.
            settings.replicas = 3
            for name in ["prepared", "unprepared"] {
                let error = await #expect(throws: DriverError.self) {
                    try await driver.prepare(Array(name.utf8), settings)
                }
                #expect(error?.kind == .unsupported)
            }
        }
    }

    @Test("sees a KV client's changes at once, including deletions", arguments: NATSServer.Version.allCases)
    func seesChanges(_ version: NATSServer.Version) async throws {
        let server = try NATSServers.server(version)
        let client = KVClient(address: server.address, bucket: "seen")
        try await withNATS(server) { driver in
            let first = try await driver.write("seen/a") { _ in "1" }
            let feed = Feed(entryPoint: Array("seen".utf8))
            var last = first
            for (index, value) in ["2", nil, "3", "4"].enumerated() {
                let before = last.revision
                async let waiting: Void = driver.waitForChange(in: feed, after: before)
                if let value { try await client.put("a", value) } else { try await client.delete("a") }
                let found = try await driver.value("seen/a")
                #expect(found == value)
                try await waiting
                let changes = try await driver.allChanges("seen", after: last.revision)
                #expect(changes.count == 1 && changes[0].operation == (value == nil ? .delete : .set), "\(index)")
                last = try #require(changes.first?.record)
                #expect(last.version > first.version)
            }
            let mine = try await driver.write("seen/a") { _ in "5" }
            #expect(mine.version == last.version + 1)
            try await client.purge("a")
            let gone = try await driver.value("seen/a")
            #expect(gone == nil)
            #expect(try await driver.node(key("seen"), .everything).below.isEmpty)
            #expect(try await driver.write("seen/a") { _ in "6" }.version > mine.version)
        }
    }

    @Test("refuses a write whose read was before a KV client's write")
    func conflicts() async throws {
        let server = try NATSServers.server(.newest)
        let client = KVClient(address: server.address, bucket: "cas")
        try await withNATS(server) { driver in
            try await driver.write("cas/a") { _ in "1" }
            let node = try await driver.node(key("cas/a"), .everything)
            try await client.put("a.b", "2")
            let draft = Draft(key: key("cas/a"), value: .true, dataHash: CanonicalHashing().hash(of: .true), time: .now)
            let error = await #expect(throws: DriverError.self) {
                _ = try await driver.commit(
                    Transaction(
                        expectations: [.below(key("cas/a"), [])], changes: [.set(draft, replacing: node.leaf)],
                        readAt: node.revision))
            }
            #expect(error?.kind == .conflict)
            #expect(try await driver.value("cas/a") == "1")
        }
    }

    @Test("reports a value that isn't JSON, and still shows its siblings")
    func notJSON() async throws {
        let server = try NATSServers.server(.newest)
        let client = KVClient(address: server.address, bucket: "text")
        try await client.create()
        try await client.put("a.plain", "not JSON")
        try await client.put("a.fine", "1")
        try await withNATS(server) { driver in
            let error = await #expect(throws: DriverError.self) {
                _ = try await driver.node(key("text/a/plain"), .leaf)
            }
            #expect(error?.kind == .unreadable && error?.message.contains("'a.plain' in the bucket 'text'") == true)
            let node = try await driver.node(key("text/a"), .everything)
            #expect(node.below.map(\.key) == [key("text/a/fine")])
            #expect(try await driver.names(below: key("text/a"), after: nil, limit: 9) == [Array("fine".utf8)])
            #expect(
                try await driver.scan(.root, after: nil, limit: 9_999).records.contains { $0.key == key("text/a/fine") }
            )
            #expect(try await driver.revisions(of: key("text/a/plain"), limit: 9).isEmpty)
            #expect(try await driver.allChanges("text").map(\.operation) == [.delete, .set])
            // Nothing overwrites it, whatever is known of it.
            for _ in 0..<2 {
                let draft = Draft(
                    key: key("text/a/plain"), value: .true, dataHash: CanonicalHashing().hash(of: .true), time: .now)
                let refused = await #expect(throws: DriverError.self) {
                    try await driver.commit(
                        Transaction(expectations: [], changes: [.set(draft, replacing: nil)], readAt: node.revision))
                }
                #expect(refused?.kind == .unreadable)
                _ = try await driver.changes(in: Feed(entryPoint: Array("text".utf8)), after: 2, limit: 9)
            }
            #expect(try await client.get("a.plain") == "not JSON")
        }
    }

    @Test("ignores headers that nestkv can't have written", arguments: NATSServer.Version.allCases)
    func brokenHeaders(_ version: NATSServer.Version) async throws {
        let server = try NATSServers.server(version)
        let most = "18446744073709551615"
        let headers: [[(name: String, value: String)]] = [
            [("Nestkv-Version", "abc")], [("Nestkv-Version", "0")], [("Nestkv-Version", most)],
            [("Nestkv-Version", "-1")],
            [("Nestkv-Version", "7"), ("Nestkv-Following", most)], [("Nestkv-Following", most)],
            [("Nestkv-Version", "7"), ("Nestkv-Updated", most), ("Nestkv-Created", "-5"), ("Nestkv-Expires", most)],
            [("Nestkv-Version", "7"), ("Nestkv-Data-Hash", "zz"), ("Nestkv-Attribution", "{")],
        ]
        try await withNATS(server) { driver in
            try await driver.write("broken/first") { _ in "0" }
            for (index, headers) in headers.enumerated() {
                try await server.put("broken", "b.\(index)", #"{ "a": 1 }"#, headers: headers)
                let record = try #require(try await driver.node(key("broken/b/\(index)"), .leaf).leaf, "\(headers)")
                #expect(record.value.description == #"{"a":1}"# && record.expiresAt == nil)
                #expect(record.version == (headers[0].value == "7" ? 7 : record.revision), "\(headers)")
                #expect(record.dataHash == CanonicalHashing().hash(of: record.value))
                #expect(abs(record.createdAt.milliseconds - Timestamp.now.milliseconds) < 60_000)
                #expect(try await driver.write("broken/b/\(index)") { _ in "2" }.version == record.version + 1)
            }
            try await server.put("broken", "no.json", "[1", headers: [("Nestkv-Version", "7")])
            let error = await #expect(throws: DriverError.self) { _ = try await driver.value("broken/no/json") }
            #expect(error?.kind == .unreadable)
            #expect(try await driver.node(key("broken"), .everything).below.count == headers.count + 1)
            #expect(try await driver.allChanges("broken").count == 2 * headers.count + 2)
        }
    }

    @Test("stops showing what was deleted without a marker", arguments: NATSServer.Version.allCases)
    func withoutMarker(_ version: NATSServer.Version) async throws {
        let server = try NATSServers.server(version)
        let client = KVClient(address: server.address, bucket: "purged")
        try await withNATS(server) { driver in
            try await driver.write("purged/a") { _ in "1" }
            for _ in 0..<3 {
                let text = try await driver.value("purged/a")
                #expect(text == "1")
            }
            try await client.purgeStream()
            try await goes("purged/a", on: driver)
            #expect(try await driver.node(key("purged"), .everything).below.isEmpty)
            #expect(try await driver.write("purged/a") { _ in "2" }.value.description == "2")
        }
    }

    @Test("notices that a bucket was deleted and created again", arguments: NATSServer.Version.allCases)
    func remade(_ version: NATSServer.Version) async throws {
        let server = try NATSServers.server(version)
        let client = KVClient(address: server.address, bucket: "remade")
        try await withNATS(server) { driver in
            for text in ["1", "2", "3"] { try await driver.write("remade/a") { _ in text } }
            let before = try await driver.value("remade/a")
            #expect(before == "3")
            try await client.deleteBucket()
            try await client.create()
            try await client.put("a", "4")
            let deadline = ContinuousClock.now + .seconds(10)
            while await (try? driver.value("remade/a")) != "4" {
                guard .now < deadline else { throw TestFailure("it wasn't noticed") }
                try await Task.sleep(for: .milliseconds(20))
            }
        }
    }

    @Test("stops showing what has reached its age or its message's lifetime")
    func age() async throws {
        let server = try NATSServers.server(.newest)
        try await withNATS(server, query: "?ttl=1s") { driver in
            try await driver.write("aged/a") { _ in "1" }
            for _ in 0..<3 { _ = try await driver.value("aged/a") }
            try await goes("aged/a", on: driver)
        }
        try await withNATS(server) { driver in
            try await driver.write("timed/a") { _ in "1" }
            try await KVClient(address: server.address, bucket: "timed").put("b", "2", seconds: 1)
            let text = try await driver.value("timed/b")
            #expect(text == "2")
            try await goes("timed/b", on: driver)
        }
    }

    /// Reads a leaf until it doesn't exist any more, at most ten seconds.
    private func goes(_ path: String, on driver: any Driver) async throws {
        let deadline = ContinuousClock.now + .seconds(10)
        while try await driver.value(path) != nil {
            guard .now < deadline else { throw TestFailure("\(path) still exists") }
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    @Test("says that a bucket without allow_atomic takes one leaf at a time")
    func plainBucket() async throws {
        let server = try NATSServers.server(.newest)
        try await KVClient(address: server.address, bucket: "plain").create()
        try await withNATS(server) { driver in
            let changes = ["a", "b"].map { name in
                Mutation.set(
                    Draft(
                        key: key("plain/\(name)"), value: .true, dataHash: CanonicalHashing().hash(of: .true),
                        time: .now),
                    replacing: nil)
            }
            let error = await #expect(throws: DriverError.self) {
                try await driver.commit(Transaction(expectations: [], changes: changes, readAt: 0))
            }
            #expect(error?.kind == .unsupported && error?.message.contains("allow_atomic") == true)
            let record = try await driver.write("plain/a") { _ in "1" }
            #expect(record.version == 1)
        }
    }
}
