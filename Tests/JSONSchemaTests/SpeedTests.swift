import MicroJSON
import Testing

@testable import JSONSchema

/// Prints what a validation costs beside parsing. Figures of a debug build say nothing:
///
///     swift test -c release -Xswiftc -enable-testing --filter SpeedTests
@Suite struct SpeedTests {
    private static let user = #"""
        {"type":"object","required":["id","name","email","age","role","tags","address"],"additionalProperties":false,
        "properties":{"id":{"type":"string","pattern":"^u-[0-9]{6}$"},"name":{"type":"string","minLength":1,
        "maxLength":100},"email":{"type":"string","pattern":"^[^@ ]+@[^@ ]+$"},"age":{"type":"integer","minimum":0,
        "maximum":150},"role":{"enum":["admin","user","guest"]},"active":{"type":"boolean"},"tags":{"type":"array",
        "maxItems":10,"items":{"type":"string","maxLength":20}},"address":{"type":"object","required":["city"],
        "properties":{"city":{"type":"string"},"zip":{"type":"string","minLength":4}}}}}
        """#

    @Test func `a small document is validated`() throws {
        let schema = try schema(Self.user)
        let text = try JSONText(
            parsing: #"""
                {"id":"u-123456","name":"Ada Lovelace","email":"ada@example.com","age":36,"role":"admin","active":true,
                "tags":["maths","poetry","engines"],"address":{"city":"London","zip":"W1J 7NT"}}
                """#)
        #expect(text.utf8.count == 183)
        let validation = try nanoseconds { try schema.isValid(text) }
        let parsing = try nanoseconds { try JSONText(parsing: text.utf8) == text }
        print("JSON Schema: a document of 183 bytes: validation \(validation) ns, parsing \(parsing) ns")
    }

    /// The shortest time of several rounds, for one call.
    private func nanoseconds(_ check: () throws -> Bool) rethrows -> Int {
        var best = Duration.seconds(1000)
        for _ in 0..<5 {
            let start = ContinuousClock.now
            for _ in 0..<2000 where try !check() { Issue.record("the result is another one now") }
            best = min(best, ContinuousClock.now - start)
        }
        return Int(best / .nanoseconds(2000))
    }
}
