import MicroJSON
import NATSDriver
import NestKVStorage
import TestSupport
import Testing

@Suite("Over unusual buckets, the NATS driver", .timeLimit(.minutes(1)), .natsServers, .serialized)
struct UnusualBucketTests {
    @Test(arguments: NATSServer.Version.allCases)
    func `says why a stream can't be used, and still serves the others`(_ version: NATSServer.Version) async throws {
        let server = try NATSServers.server(version)
        for (name, settings) in [
            ("base", #""subjects":["$KV.base.>"]"#), ("odd", #""subjects":["odd.>"],"allow_direct":true"#),
            ("copy", #""mirror":{"name":"KV_base"},"allow_direct":true"#),
        ] {
            let answer = try await server.publish(
                "$JS.API.STREAM.CREATE.KV_\(name)", #"{"name":"KV_\#(name)","max_msgs_per_subject":1,\#(settings)}"#)
            #expect(!answer.contains("\"error\""), "\(answer)")
        }
        try await withNATS(server) { driver in
            try await driver.write("beside/a") { _ in "1" }
            for (name, words) in [
                ("odd", "doesn't accept '$KV.odd.>'"), ("copy", "doesn't accept '$KV.copy.>', so it is a mirror"),
            ] {
                for attempt in 0..<2 {
                    let error = await #expect(throws: DriverError.self) {
                        if attempt == 0 { _ = try await driver.value("\(name)/a") }
                        if attempt == 1 { try await driver.write("\(name)/a") { _ in "1" } }
                    }
                    #expect(error?.kind == .unsupported && error?.message.contains(words) == true, "\(name)")
                }
            }
            let names = try await driver.names(below: .root, after: nil, limit: 999).map {
                String(decoding: $0, as: UTF8.self)
            }
            #expect(names.contains("beside") && Set(names).isDisjoint(with: ["odd", "copy"]))
            #expect(
                try await driver.scan(.root, after: nil, limit: 9999).records.contains { $0.key == key("beside/a") })
            // Expired leaves are found nevertheless.
            let draft = Draft(
                key: key("beside/short"), value: .true, dataHash: CanonicalHashing().hash(of: .true), time: .now,
                expiresAt: .now)
            _ = try await driver.commit(
                Transaction(expectations: [], changes: [.set(draft, replacing: nil)], readAt: 0))
            #expect(try await driver.expired(by: .now, limit: 10).map(\.key) == [key("beside/short")])
        }
        for name in ["copy", "odd", "base"] { try await server.publish("$JS.API.STREAM.DELETE.KV_\(name)", "") }
    }

    @Test(arguments: NATSServer.Version.allCases)
    func `reads no more than requested, and says that there is more`(_ version: NATSServer.Version) async throws {
        let server = try NATSServers.server(version)
        try await withNATS(server) { driver in
            try await driver.write("wide") { _ in #""own""# }
            try await withThrowingTaskGroup { group in
                for index in 0..<1200 { group.addTask { try await driver.write("wide/\(index)") { _ in "12345" } } }
                for try await _ in group {}
            }
            for (leaves, bytes, isTruncated) in [
                (10, 1 << 20, true), (1199, 1 << 20, true), (1200, 1 << 20, false), (9999, 100, true),
                (9999, 5999, true), (9999, 6100, false),
            ] {
                let reach = Reach(ancestors: true, leavesBelow: leaves, bytesBelow: bytes)
                let node = try await driver.node(key("wide"), reach)
                #expect(node.isTruncated == isTruncated, "\(leaves) leaves, \(bytes) bytes")
                #expect(node.below.count == 1200 || isTruncated)
                #expect(node.leaf?.value.description == #""own""#)
            }
        }
    }

    @Test func `continues at once if a bucket was deleted, or created again`() async throws {
        // Debian's server doesn't answer a read of a deleted stream.
        let server = try NATSServers.server(.newest)
        let client = KVClient(address: server.address, bucket: "fresh")
        try await withNATS(server, query: "?cache=0") { driver in
            for round in 0..<3 {
                for value in 0..<5 { try await driver.write("fresh/a") { _ in "\(value)" } }
                try await client.deleteBucket()
                if round > 0 {
                    try await client.create()
                    try await client.put("a.b", "\(round)")
                }
                let below = try await driver.node(key("fresh/a"), .everything).below.map(\.value.description)
                #expect(below == (round > 0 ? ["\(round)"] : []))
                if round > 0 { try await client.deleteBucket() }
                #expect(try await driver.value("fresh/a") == nil)
            }
        }
    }

    @Test(arguments: NATSServer.Version.allCases)
    func `continues if records expired by age, or were purged`(_ version: NATSServer.Version) async throws {
        let server = try NATSServers.server(version)
        try await withNATS(server, query: "?ttl=900ms") { driver in
            for round in 0..<2 {
                for path in ["short/a", "short/b/c"] { try await driver.write(path) { _ in "1" } }
                let first = try await driver.node(key("short/a"), .leaf)
                if round == 0 {
                    try await server.publish("$JS.API.STREAM.PURGE.KV_short", "")
                } else {
                    try await Task.sleep(for: .milliseconds(1500))
                }
                #expect(try await driver.value("short/a") == nil)
                #expect(try await driver.node(key("short"), .everything).below.isEmpty)
                let node = try await driver.node(key("short/a"), .leaf)
                #expect(node.latest == nil && node.revision >= first.revision)
                // A commit of what was read before is a conflict.
                let draft = Draft(
                    key: key("short/a"), value: .true, dataHash: CanonicalHashing().hash(of: .true), time: .now)
                let error = await #expect(throws: DriverError.self) {
                    try await driver.commit(
                        Transaction(
                            expectations: [], changes: [.set(draft, replacing: first.leaf)], readAt: first.revision))
                }
                #expect(error?.kind == .conflict)
                try await driver.write("short/a") { _ in "2" }
                #expect(try await driver.value("short/a") == "2")
            }
        }
    }
}
