import JSONMigration
import MicroJSON
import Testing

/// What a migration may cost, and what it costs.
@Suite struct LimitTests {
    private func failure(
        _ steps: String, on document: String, _ change: (inout MigrationLimits) -> Void = { _ in }
    ) throws -> MigrationFailure {
        var limits = MigrationLimits()
        change(&limits)
        let migration = try migration(steps)
        let text = try JSONText(parsing: document)
        return try #require(throws: MigrationFailure.self) { _ = try migration.apply(to: text, limits: limits) }
    }

    @Test func `copies that double the document again and again are stopped`() throws {
        let steps = (0..<60).map {
            #"{"op":"copy","path":"/a","to":"/b\#($0)"},{"op":"wrap","path":""},{"op":"first","path":""}"#
        }
        let doubling = (0..<60).map {
            #"{"op":"copy","path":"/a","to":"/x"},{"op":"move","path":"/x","to":"/a/x\#($0)"}"#
        }
        let document = #"{"a":{"text":"\#(String(repeating: "x", count: 50_000))"}}"#
        #expect(try failure("[\(steps.joined(separator: ","))]", on: document).detail.contains("1048576 bytes"))
        #expect(try failure("[\(doubling.joined(separator: ","))]", on: document).detail.contains("1048576 bytes"))
    }

    @Test func `a large value for each of many elements is stopped before it is made`() throws {
        let document = "[" + repeatElement("{}", count: 20_000).joined(separator: ",") + "]"
        let value = #""\#(String(repeating: "x", count: 500_000))""#
        let steps = #"[{"op":"default","path":"/*/a","value":\#(value)}]"#
        #expect(try failure(steps, on: document).detail.contains("bytes"))
        let inner = #"[{"op":"when","path":"/*","exists":true,"then":[{"op":"set","path":"/*/a","value":\#(value)}]}]"#
        #expect(try failure(inner, on: document).detail.contains("bytes"))
    }

    @Test func `too deep a result and too much work are failures`() throws {
        let wraps = "[" + repeatElement(#"{"op":"wrap","path":""}"#, count: 256).joined(separator: ",") + "]"
        #expect(try failure(wraps, on: "1") { $0.maximumDepth = 100 }.detail.contains("100 levels"))
        #expect(try failure(wraps, on: "1") { $0.maximumDepth = 100 }.step == "/100")
        #expect(try failure(wraps, on: "[1,2,3]") { $0.maximumWork = 1000 }.detail.contains("1000 bytes"))
    }

    @Test func `each element of a long array costs the same`() throws {
        let steps = """
            [{"op":"rename","path":"/*/a","to":"b"},{"op":"move","path":"/*/b","to":"/*/c/d"},
            {"op":"when","path":"/*/c/d","type":"number","then":[{"op":"convert","path":"/*/c/d","to":"string"}]}]
            """
        let document = "[" + repeatElement(#"{"a":1}"#, count: 20_000).joined(separator: ",") + "]"
        let after = "[" + repeatElement(#"{"c":{"d":"1"}}"#, count: 20_000).joined(separator: ",") + "]"
        let migration = try migration(steps)
        var limits = MigrationLimits()
        limits.maximumBytes = 2 << 20
        #expect(try migration.apply(to: try JSONText(parsing: document), limits: limits).description == after)
    }

    /// Prints what a migration costs. Figures of a debug build say nothing:
    ///
    ///     swift test -c release -Xswiftc -enable-testing --filter LimitTests
    @Test func `five steps on a small document`() throws {
        let steps = """
            [{"op":"rename","path":"/name","to":"fullName"},{"op":"move","path":"/address/zip","to":"/postalCode"},
            {"op":"default","path":"/locale","value":"en"},{"op":"map","path":"/role","values":{"admin":"root"}},
            {"op":"remove","path":"/active"}]
            """
        let document = """
            {"id":"u-123456","name":"Ada Lovelace","email":"ada@example.com","age":36,"role":"admin","active":true,
            "tags":["maths","poetry","engines"],"address":{"city":"London","zip":"W1J 7NT"}}
            """
        let migration = try migration(steps)
        let text = try JSONText(parsing: document)
        #expect(text.utf8.count == 183)
        var best = Duration.seconds(1000)
        for _ in 0..<5 {
            let start = ContinuousClock.now
            for _ in 0..<2000 where try migration.apply(to: text).utf8.isEmpty { Issue.record("nothing is left") }
            best = min(best, ContinuousClock.now - start)
        }
        print("JSON migration: five steps on a document of 183 bytes: \(Int(best / .nanoseconds(2000))) ns")
    }
}
