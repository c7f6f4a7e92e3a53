import MicroJSON
import NATSDriver
import NestKVStorage
import TestSupport
import Testing

@Suite("With buckets that can't store values, the NATS driver", .timeLimit(.minutes(1)), .natsServers, .serialized)
struct RefusedBucketTests {
    /// Settings of a bucket that can't store values, and the words of the refusal.
    private static let kinds: [(name: String, settings: String, words: String)] = [
        ("interest", #""retention":"interest""#, "retention 'interest'"),
        ("queue", #""retention":"workqueue""#, "retention 'workqueue'"),
        ("noack", #""no_ack":true"#, "doesn't acknowledge writes (no_ack)"),
        ("moved", #""subject_transform":{"src":"$KV.moved.>","dest":"other.>"}"#, "(subject transform)"),
        ("counts", #""allow_msg_counter":true"#, "holds counters"),
    ]

    // Sent: PUT /interest/a to a bucket with interest retention, and GET. Came back: 201, then 404.
    // Should: 501 for both, and why.
    @Test(arguments: NATSServer.Version.allCases)
    func `refuses them`(_ version: NATSServer.Version) async throws {
        let server = try NATSServers.server(version)
        try await withNATS(server) { driver in
            for kind in Self.kinds where version == .newest || ["interest", "queue", "noack"].contains(kind.name) {
                try await make(kind.name, kind.settings, on: server)
                for isWrite in [true, false] {
                    let error = await #expect(throws: DriverError.self, "\(kind.name)") {
                        if isWrite { try await write("\(kind.name)/a", "1", on: driver) }
                        _ = try await driver.value("\(kind.name)/a")
                    }
                    #expect(error?.kind == .unsupported && error?.message.contains(kind.words) == true, "\(kind.name)")
                }
            }
            #expect(try await driver.names(below: .root, after: nil, limit: 99).isEmpty)
        }
        for kind in Self.kinds { try await server.publish("$JS.API.STREAM.DELETE.KV_\(kind.name)", "") }
    }

    // Sent: PUT /changed/a, then 'nats stream edit KV_changed --retention interest', then PUT again. Came back: 201.
    // Should: 501 a second later at the latest, and 200 again after it was edited back.
    @Test(arguments: [true, false])
    func `notices within a second that a bucket was changed into one of them`(_ isWriting: Bool) async throws {
        let server = try NATSServers.server(.newest)
        try await withNATS(server) { driver in
            func use() async throws {
                if isWriting { return try await write("changed/a", "2", on: driver) }
                _ = try await driver.value("changed/a")
            }
            try await write("changed/a", "1", on: driver)
            try await use()
            try await server.edit("changed") { $0["retention"] = .string("interest") }
            try await eventually("a refusal") {
                do {
                    try await use()
                    return false
                } catch let error as DriverError {
                    guard error.kind != .conflict else { return false }
                    return error.kind == .unsupported
                }
            }
            try await server.edit("changed") { $0["retention"] = .string("limits") }
            try await use()
            try await driver.remove(Array("changed".utf8))
        }
    }

    @Test(arguments: NATSServer.Version.allCases)
    func `reads a sealed bucket, and says that it takes no changes`(_ version: NATSServer.Version) async throws {
        let server = try NATSServers.server(version)
        try await withNATS(server) { driver in
            try await write("sealed/a", "1", on: driver)
            _ = try await driver.value("sealed/a")
            try await server.edit("sealed") { $0["sealed"] = .true }
            for _ in 0..<2 {
                // Both before and after it is known to be sealed.
                let error = await #expect(throws: DriverError.self) { try await write("sealed/b", "1", on: driver) }
                #expect(
                    error?.kind == .unsupported && error?.message.contains("sealed") == true,
                    "\(String(describing: error))")
                #expect(try await driver.value("sealed/a") == "1")
                try await Task.sleep(for: .milliseconds(1100))
            }
        }
        try await server.publish("$JS.API.STREAM.DELETE.KV_sealed", "")
    }

    @Test(arguments: NATSServer.Version.allCases)
    func `names the limit that a value exceeds`(_ version: NATSServer.Version) async throws {
        let server = try NATSServers.server(version)
        try await make("small", #""max_msg_size":1000"#, on: server)
        try await withNATS(server) { driver in
            try await write("small/a", "1", on: driver)
            let large = #""\#(String(repeating: "x", count: 1000))""#
            let error = await #expect(throws: DriverError.self) { try await write("small/b", large, on: driver) }
            #expect(error?.kind == .tooLarge && error?.limit == 1000, "\(String(describing: error))")
            #expect(error?.message.contains("at most 1000 bytes") == true)
            #expect(try await driver.value("small/b") == nil)
        }
    }

    @Test(arguments: NATSServer.Version.allCases, [#""max_msgs":3"#, #""max_bytes":1500"#])
    func `says that a bucket is full`(_ version: NATSServer.Version, _ limit: String) async throws {
        let server = try NATSServers.server(version)
        try await make("full", #""discard":"new",\#(limit)"#, on: server)
        try await withNATS(server) { driver in
            let error = await #expect(throws: DriverError.self) {
                for index in 0..<20 { try await write("full/\(index)", "1", on: driver) }
            }
            #expect(error?.kind == .full, "\(String(describing: error))")
            let kept = try await driver.value("full/0")
            #expect(kept == "1")
        }
        try await server.publish("$JS.API.STREAM.DELETE.KV_full", "")
    }

    @Test func `keeps values in buckets that republish messages, or get them from another stream`() async throws {
        let server = try NATSServers.server(.newest)
        try await make("source", #""description":"a source""#, on: server)
        try await server.put("source", "s", "1")
        for (name, settings) in [
            ("again", #""republish":{"src":">","dest":"copies.>"}"#),
            (
                "fed",
                #""sources":[{"name":"KV_source","subject_transforms":[{"src":"$KV.source.>","dest":"$KV.fed.>"}]}]"#
            ),
            ("strict", #""deny_delete":true,"deny_purge":true,"discard":"new","discard_new_per_subject":false"#),
        ] {
            try await make(name, settings, on: server)
            try await withNATS(server) { driver in
                try await write("\(name)/a", "1", on: driver)
                try await driver.write("\(name)/a") { _ in "2" }
                try await driver.write("\(name)/b") { _ in "3" }
                try await driver.write("\(name)/b") { _ in nil }
                #expect(try await driver.value("\(name)/a") == "2", "\(name)")
                #expect(try await driver.value("\(name)/b") == nil, "\(name)")
                if name == "fed" { try await eventually("it is back") { try await driver.value("fed/s") == "1" } }
            }
        }
    }

    private func make(_ name: String, _ settings: String, on server: NATSServer) async throws {
        let answer = try await server.publish(
            "$JS.API.STREAM.CREATE.KV_\(name)",
            #"{"name":"KV_\#(name)","subjects":["$KV.\#(name).>"],"max_msgs_per_subject":64,"#
                + #""allow_direct":true,\#(settings)}"#)
        guard !answer.contains("\"error\"") else { throw TestFailure(answer) }
    }

    /// Writes as the service does: again if the bucket was replaced.
    private func write(_ path: String, _ value: String, on driver: any Driver) async throws {
        try await driver.write(path) { _ in value }
    }
}
