import NATSDriver
import NestKVStorage
import TestSupport
import Testing

@Suite("When other programs change a bucket, the NATS driver", .timeLimit(.minutes(1)), .natsServers, .serialized)
struct OtherProgramsChangesTests {
    @Test(arguments: NATSServer.Version.allCases)
    func `sees a KV client's changes at once, including deletions`(_ version: NATSServer.Version) async throws {
        let (server, client) = try NATSServers.serverAndClient(version, bucket: "seen")
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

    @Test func `refuses a write whose read was before a KV client's write`() async throws {
        let (server, client) = try NATSServers.serverAndClient(.newest, bucket: "cas")
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

    @Test(arguments: NATSServer.Version.allCases)
    func `stops showing what was deleted without a marker`(_ version: NATSServer.Version) async throws {
        let (server, client) = try NATSServers.serverAndClient(version, bucket: "purged")
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

    @Test(arguments: NATSServer.Version.allCases)
    func `notices that a bucket was deleted and created again`(_ version: NATSServer.Version) async throws {
        let (server, client) = try NATSServers.serverAndClient(version, bucket: "remade")
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

    @Test func `stops showing what has reached its age or its message's lifetime`() async throws {
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
}
