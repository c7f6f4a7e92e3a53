import MicroJSON
import Testing

@Suite struct JSONLimitsTests {
    @Test func `512 levels are accepted and 513 are refused`() throws {
        let deep = nested(512)
        #expect(try JSONText(parsing: deep).utf8 == deep)
        let error = #expect(throws: JSONSyntaxError.self) { try JSONText(parsing: nested(513)) }
        #expect(error?.code == .depth)
        #expect(error?.offset == 512)
    }

    @Test func `Objects count as levels`() {
        let limits = JSONLimits(maximumDepth: 2)
        #expect(throws: Never.self) { try JSONText(parsing: bytes(#"{"a":[1]}"#), limits: limits) }
        let error = #expect(throws: JSONSyntaxError.self) {
            try JSONText(parsing: bytes(#"{"a":[{}]}"#), limits: limits)
        }
        #expect(error?.code == .depth)
    }

    @Test func `A closed array makes room again`() throws {
        let limits = JSONLimits(maximumDepth: 2)
        #expect(throws: Never.self) { try JSONText(parsing: bytes("[[],[],[]]"), limits: limits) }
    }

    @Test func `100,000 nested arrays never overflow the stack`() throws {
        let count = 100_000
        #expect(throws: JSONSyntaxError.self) { try JSONText(parsing: nested(count)) }
        #expect(throws: JSONSyntaxError.self) {
            try JSONText(parsing: Array(repeating: UInt8(ascii: "["), count: count))
        }
        let text = try JSONText(parsing: nested(count), limits: JSONLimits(maximumDepth: .max))
        #expect(text.canonical() == text.utf8)
        #expect(text.pretty(indent: 0).count > text.utf8.count)
        #expect(text.slice(at: Array(repeating: bytes("0"), count: count)) == nil)
        #expect(text.slice(at: Array(repeating: bytes("0"), count: count - 1))?.utf8 == bytes("[]"))
        let value = JSONValue(text)
        #expect(value == value)
        #expect(value.text == text)
        #expect(value.mergePatched(with: value) == value)
    }

    @Test func `100,000 nested objects never overflow the stack`() throws {
        let count = 100_000
        let deep = Array(
            (String(repeating: #"{"b":0,"a":"#, count: count) + "1" + String(repeating: "}", count: count)).utf8)
        let text = try JSONText(parsing: deep, limits: JSONLimits(maximumDepth: .max))
        #expect(
            try JSONText(parsing: text.canonical(), limits: JSONLimits(maximumDepth: .max)).utf8.count == deep.count)
        #expect(JSONValue(text).text == text)
        var leaves = 0
        text.members.first { _ in true }.map { leaves += $0.name.count }
        #expect(leaves == 1)
    }

    @Test func `A text over the limit of bytes is refused before it is read`() {
        let limits = JSONLimits(maximumBytes: 4)
        #expect(throws: Never.self) { try JSONText(parsing: bytes("1234"), limits: limits) }
        let error = #expect(throws: JSONSyntaxError.self) { try JSONText(parsing: bytes("12345"), limits: limits) }
        #expect(error?.code == .size)
        #expect(error?.reason == "the text has 5 bytes, and the limit is 4")
    }

    private func nested(_ depth: Int) -> [UInt8] {
        Array(repeating: UInt8(ascii: "["), count: depth) + Array(repeating: UInt8(ascii: "]"), count: depth)
    }
}
