import MicroJSON
import NATSDriver
import NestKVStorage
import TestSupport
import Testing

@Suite("Beside other programs, the NATS driver", .timeLimit(.minutes(1)), .natsServers, .serialized)
struct OtherProgramsTests {
    @Test(arguments: NATSServer.Version.allCases)
    func `reads a KV client's values, and the client reads its values`(_ version: NATSServer.Version) async throws {
        let (server, client) = try NATSServers.serverAndClient(version, bucket: "ep1")
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

    @Test(arguments: NATSServer.Version.allCases)
    func `creates the bucket of an entry point with settings`(_ version: NATSServer.Version) async throws {
        let (server, client) = try NATSServers.serverAndClient(version, bucket: "prepared")
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

    @Test func `reports a value that isn't JSON, and still shows its siblings`() async throws {
        let (server, client) = try NATSServers.serverAndClient(.newest, bucket: "text")
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

    @Test(arguments: NATSServer.Version.allCases)
    func `ignores headers that nestkv can't have written`(_ version: NATSServer.Version) async throws {
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

    @Test func `says that a bucket without allow_atomic takes one leaf at a time`() async throws {
        let server = try NATSServers.server(.newest)
        try await KVClient(address: server.address, bucket: "plain").create()
        try await withNATS(server) { driver in
            let error = await #expect(throws: DriverError.self) { try await writeTwo(in: "plain", on: driver) }
            #expect(error?.kind == .unsupported && error?.message.contains("allow_atomic") == true)
            let record = try await driver.write("plain/a") { _ in "1" }
            #expect(record.version == 1)
        }
    }
}
