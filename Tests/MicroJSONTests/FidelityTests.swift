import MicroJSON
import Testing

@Suite struct FidelityTests {
    @Test(arguments: [
        "12345678901234567890", "123456789012345678901234567890", "1.0", "1e0", "-0", "-0.0", "1e400", "1E+02",
        "0.1000000000000000055511151231257827", "1.10", "9007199254740993", #""\/\u00e9\u0041""#,
        #"{"z":1,"a":2,"\u006d":3}"#, #"["é","e\u0301"]"#,
    ]) func `A text is returned as it was written`(_ text: String) throws {
        #expect(try parsed(text).description == text)
        #expect(try tree(text).text.description == text)
        #expect(try parsed("{\"x\":[0,\(text)]}").slice(at: [bytes("x"), bytes("1")])?.description == text)
    }

    @Test(arguments: [
        ("{}", JSONKind.object), ("[]", .array), ("\"\"", .string), ("0", .number), ("-1", .number),
        ("true", .boolean), ("false", .boolean), ("null", .null),
    ]) func `The kind is determined by the first byte`(_ text: String, _ kind: JSONKind) throws {
        #expect(try parsed(text).kind == kind)
        #expect(try tree(text).kind == kind)
    }

    @Test func `A string's content is decoded`() throws {
        #expect(try parsed(#""a\n\u00e9\ud83d\ude00\/""#).stringContent == bytes("a\né😀/"))
        #expect(try parsed("1").stringContent == nil)
    }

    @Test func `A text is parsed from every kind of memory`() throws {
        let input = bytes("[ 1 ]")
        #expect(try JSONText(parsing: input.span).description == "[1]")
        #expect(try input.withUnsafeBufferPointer { try JSONText(parsing: $0) }.description == "[1]")
        #expect(try JSONText(parsing: "[ 1 ]").description == "[1]")
    }

    @Test func `A text without white space is not copied`() throws {
        let input = bytes(#"{"a":[1,2,3]}"#)
        let text = try JSONText(parsing: input)
        let same = input.withUnsafeBufferPointer { one in
            text.utf8.withUnsafeBufferPointer { one.baseAddress == $0.baseAddress }
        }
        #expect(same)
    }
}
