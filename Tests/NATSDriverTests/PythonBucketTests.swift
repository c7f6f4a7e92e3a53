import MicroJSON
import NATSDriver
import NestKVStorage
import TestSupport
import Testing

@Suite("Over buckets of Python's client, the NATS driver", .timeLimit(.minutes(1)), .natsServers, .serialized)
struct PythonBucketTests {
    // Sent: `js.create_key_value(bucket="py")` by nats-py, then GET /py/a. Came back: 501 "has no direct get".
    // Should: the value.
    @Test(arguments: NATSServer.Version.allCases)
    func `reads and writes them, although they have no direct get`(_ version: NATSServer.Version) async throws {
        let (server, client) = try NATSServers.serverAndClient(version, bucket: "py")
        try await server.makeBucketAsPython("py", history: 5)
        let large = #""\#(String(repeating: "x", count: 700_000))""#
        try await client.put("user.alice", #"{ "age": 30 }"#)
        try await client.put("user.bob", "1")
        try await client.put("user.bob", "2")
        try await client.put("user.eve", "3")
        try await client.delete("user.eve")
        try await client.put("large", large)
        try await withNATS(server) { driver in
            #expect(try await driver.value("py/user/alice") == #"{"age":30}"#)
            #expect(try await driver.value("py/user/eve") == nil)
            #expect(try await driver.value("py/large") == large)
            #expect(
                try await driver.node(key("py/user"), .everything).below.map(\.key)
                    == [key("py/user/alice"), key("py/user/bob")])
            #expect(
                try await driver.revisions(of: key("py/user/bob"), limit: 9).map(\.value.description) == ["2", "1"])
            #expect(try await driver.allChanges("py").map(\.revision) == Array(1...6))
            // nestkv's metadata of its own writes is in headers, which are base64 here.
            let draft = Draft(
                key: key("py/mine"), value: .true, dataHash: CanonicalHashing().hash(of: .true), time: .now,
                attribution: Attribution(modifiedBy: "Zoë: \"me\"", comment: "1\n2", tags: ["ä"], schemaHash: nil))
            let written = try await driver.commit(
                Transaction(expectations: [], changes: [.set(draft, replacing: nil)], readAt: 0)
            ).records[0]
            try await withNATS(server) { other in
                let record = try #require(try await other.node(key("py/mine"), .leaf).leaf)
                #expect(record.attribution == written.attribution && record.version == 1)
                #expect(record.dataHash == written.dataHash && record.updatedAt == written.updatedAt)
            }
            try await client.put("mine", "4")
            #expect(try await driver.value("py/mine") == "4")
        }
    }

    @Test(arguments: NATSServer.Version.allCases)
    func `says that reads take longer, and that a write takes one leaf`(_ version: NATSServer.Version) async throws {
        let server = try NATSServers.server(version)
        try await server.makeBucketAsPython("told")
        try await withNATS(server) { driver in
            #expect(driver.capabilities.exceptions.isEmpty)
            try await driver.write("told/a") { _ in "1" }
            try await driver.write("own/a") { _ in "1" }
            let told = driver.capabilities.exceptions
            #expect(told.map(\.name) == [Array("told".utf8)])
            #expect(told[0].isReadSlowly && told[0].atomicity == .leaf)
            guard version == .newest else { return }
            let error = await #expect(throws: DriverError.self) { try await writeTwo(in: "told", on: driver) }
            #expect(error?.kind == .unsupported)
            for words in ["'nats stream edit KV_told --allow-batch'", "'nats://…?adopt=on'"] {
                #expect(error?.message.contains(words) == true, "\(error?.message ?? "")")
            }
        }
    }

    @Test(arguments: NATSServer.Version.allCases)
    func `with adopt=on, turns on what they lack and nothing more`(_ version: NATSServer.Version) async throws {
        let server = try NATSServers.server(version)
        try await server.makeBucketAsPython("adopted", history: 3, #""description":"mine""#)
        let before = try await server.configuration(of: "adopted")
        try await withNATS(server) { driver in
            _ = try await driver.value("adopted/a")
            #expect(try await server.configuration(of: "adopted") == before)
        }
        try await withNATS(server, query: "?adopt=on") { driver in
            #expect(try await driver.value("adopted/a") == nil)
            if version == .newest { try await writeTwo(in: "adopted", on: driver) }
            #expect(driver.capabilities.exceptions.isEmpty)
        }
        var expected = before
        expected["allow_direct"] = .true
        if version == .newest { expected["allow_atomic"] = .true }
        var after = try await server.configuration(of: "adopted")
        // The server's own metadata about its versions.
        for name in ["metadata"] { (expected[name], after[name]) = (nil, nil) }
        #expect(JSONValue.object(after) == .object(expected))
    }

    @Test func `uses them without changes if it may not change them`() async throws {
        let server = try await NATSServer.start(
            .newest,
            """
            authorization { users: [
              { user: all, password: all }
              { user: some, password: some, permissions: { publish: { deny: ["$JS.API.STREAM.UPDATE.>"] } } } ] }
            no_auth_user: all
            """)
        try await server.makeBucketAsPython("kept")
        let driver = try await open("nats://some:some@127.0.0.1:\(server.port)?adopt=on")
        try await driver.write("kept/a") { _ in "1" }
        #expect(try await driver.value("kept/a") == "1")
        #expect(driver.capabilities.exceptions.count == 1)
        await driver.shutdown()
        try await server.stop()
    }
}
