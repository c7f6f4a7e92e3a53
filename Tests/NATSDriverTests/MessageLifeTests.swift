import MicroJSON
import NATSDriver
import NestKVStorage
import TestSupport
import Testing

@Suite("With message lifetimes of other programs, the NATS driver", .timeLimit(.minutes(1)), .natsServers, .serialized)
struct MessageLifeTests {
    // Sent: a message with 'Nats-TTL: 90s' to $KV.lives.a, then GET /lives/a?entry. Came back: "expiresAt":null.
    // Should: its end.
    @Test func `shows the end, in every notation of the lifetime`() async throws {
        let server = try NATSServers.server(.newest)
        try await server.makeBucketAsPython("lives", #""allow_direct":true"#)
        try await withNATS(server) { driver in
            for (index, (text, seconds)) in [
                ("90", 90), ("1m30s", 90), ("1.5h", 5400), ("2500ms", 2.5), ("never", nil),
            ]
            .enumerated() {
                let headers = [(name: "Nats-TTL", value: text)]
                try await server.put("lives", "k\(index)", "1", headers: headers)
                let record = try #require(try await driver.node(key("lives/k\(index)"), .leaf).leaf)
                let expected = seconds.map { record.updatedAt.milliseconds + Int64($0 * 1000) }
                #expect(record.expiresAt?.milliseconds == expected, "\(text)")
            }
        }
    }

    @Test func `keeps and clears the end like one of its own`() async throws {
        let server = try NATSServers.server(.newest)
        try await server.makeBucketAsPython("lasts", #""allow_direct":true"#)
        try await server.put("lasts", "a", "1", headers: [("Nats-TTL", "90s")])
        try await withNATS(server) { driver in
            let first = try #require(try await driver.node(key("lasts/a"), .leaf).leaf)
            func write(_ expiresAt: Timestamp?) async throws -> Record? {
                let node = try await driver.node(key("lasts/a"), .leaf)
                let draft = Draft(
                    key: key("lasts/a"), value: .true, dataHash: CanonicalHashing().hash(of: .true), time: .now,
                    expiresAt: expiresAt)
                _ = try await driver.commit(
                    Transaction(
                        expectations: [], changes: [.set(draft, replacing: node.leaf)], readAt: node.revision))
                return try await withNATS(server) { try await $0.node(key("lasts/a"), .leaf).leaf }
            }
            #expect(try await write(first.expiresAt)?.expiresAt == first.expiresAt)
            #expect(try await write(nil)?.expiresAt == nil)
        }
    }

    // Sent: a message with 'Nats-TTL: 1s', while /ends is followed. Came back: no event.
    // Should: the event 'expire', also when the server deletes the message first.
    @Test(arguments: [true, false], [true, false])
    func `reports the end as an expiry, whoever deletes the message`(_ isServerFirst: Bool, _ hasAge: Bool) async throws
    {
        let server = try NATSServers.server(.newest)
        let bucket = "ends\(isServerFirst)\(hasAge)"
        try await server.makeBucketAsPython(bucket, #""allow_direct":true\#(hasAge ? #","max_age":1000000000"# : "")"#)
        try await withNATS(server) { driver in
            try await server.put(bucket, "a", "1", headers: hasAge ? [] : [("Nats-TTL", "1s")])
            _ = try await driver.expired(by: .now, limit: 10)
            if isServerFirst {
                // No client reads before the server has deleted it.
                try await eventually("it is deleted") {
                    try await server.publish("$JS.API.STREAM.INFO.KV_\(bucket)", "").contains(#""messages":0"#)
                }
            }
            let start = ContinuousClock.now
            var changes: [Change] = []
            while !changes.contains(where: { $0.operation == .expire }), .now - start < .seconds(10) {
                for record in try await driver.expired(by: .now, limit: 10) {
                    let draft = Draft(
                        key: record.key, value: nil, dataHash: CanonicalHashing().hash(of: .null), time: .now)
                    let change = Mutation.expire(draft, replacing: record)
                    _ = try? await driver.commit(
                        Transaction(expectations: [], changes: [change], readAt: record.revision))
                }
                let feed = Feed(entryPoint: Array(bucket.utf8))
                changes = try await driver.changes(in: feed, after: 1, limit: 10).changes
                try await Task.sleep(for: .milliseconds(20))
            }
            #expect(changes.map(\.operation) == [.expire] && changes.first?.record.key == key("\(bucket)/a"))
            #expect(try await driver.value("\(bucket)/a") == nil)
        }
    }

    @Test func `reads the server's own marker of an end as an expiry`() async throws {
        let server = try NATSServers.server(.newest)
        try await server.makeBucketAsPython("marked", #""allow_direct":true,"subject_delete_marker_ttl":60000000000"#)
        try await withNATS(server) { driver in
            try await server.put("marked", "a", "1", headers: [("Nats-TTL", "1s")])
            #expect(try await driver.value("marked/a") == "1")
            let feed = Feed(entryPoint: Array("marked".utf8))
            try await eventually("a marker") {
                try await driver.changes(in: feed, after: 1, limit: 10).changes.map(\.operation) == [.expire]
            }
        }
    }

    @Test(arguments: NATSServer.Version.allCases)
    func `gives every record of a bucket with an age a new end`(_ version: NATSServer.Version) async throws {
        let server = try NATSServers.server(version)
        try await withNATS(server, query: "?ttl=1h") { driver in
            let first = try await driver.write("aging/a") { _ in "1" }
            #expect(first.expiresAt == first.updatedAt + .seconds(3600))
            let read = try await withNATS(server) { try await $0.node(key("aging/a"), .leaf).leaf }
            #expect(read?.expiresAt == first.expiresAt)
            try await Task.sleep(for: .milliseconds(20))
            // As a patch does, keep the record's end.
            let draft = Draft(
                key: key("aging/a"), value: .true, dataHash: CanonicalHashing().hash(of: .true), time: .now,
                expiresAt: first.expiresAt)
            let second = try await driver.commit(
                Transaction(expectations: [], changes: [.set(draft, replacing: first)], readAt: first.revision)
            ).records[0]
            #expect(second.expiresAt == second.updatedAt + .seconds(3600))
        }
    }
}
