import MicroJSON
import Testing

@testable import JSONSchema

@Suite struct NumberTests {
    private func decimal<Result>(_ text: String, _ body: (Decimal) -> Result) -> Result {
        Array(text.utf8).withUnsafeBufferPointer {
            body(Decimal(Bytes(base: $0.baseAddress!, count: $0.count), 0, $0.count))
        }
    }

    @Test(arguments: [
        ("1", "1.0", 0), ("100", "1e2", 0), ("0.1", "1e-1", 0), ("-0", "0", 0), ("1e400", "1e401", -1), ("-1", "-2", 1),
        ("12345678901234567890", "12345678901234567891", -1), ("0.1000000000000000055", "0.1", 1), ("-5", "3", -1),
        ("9.99", "10", -1), ("1.5", "1.50", 0), ("0.05", "0.5", -1), ("1e-400", "0", 1), ("10", "9", 1),
    ])
    func `numbers are compared exactly`(_ one: String, _ other: String, _ order: Int) {
        #expect(decimal(one) { one in decimal(other) { one.compared(to: $0).signum() } } == order)
        #expect(decimal(other) { other in decimal(one) { other.compared(to: $0).signum() } } == -order)
    }

    @Test(arguments: [
        ("0.3", "0.1", true), ("0.35", "0.1", false), ("4.35", "0.01", true), ("1e308", "0.123456789", false),
        ("1e308", "0.5", true), ("12345678901234567890123", "3", true), ("12345678901234567890124", "3", false),
        ("0", "7", true), ("-14", "7", true), ("1e100000000000000", "7", false), ("7e100000000000000", "7", true),
        ("0.0075", "0.0001", true), ("0.00751", "0.0001", false), ("3", "1.5", true), ("100", "200", false),
    ])
    func `multiples are exact`(_ value: String, _ divisor: String, _ isMultiple: Bool) throws {
        #expect(try schema(#"{"multipleOf":\#(divisor)}"#).accepts(value) == isMultiple)
    }

    @Test func `an integer is a number without fraction, however it is written`() throws {
        let schema = try schema(#"{"type":"integer"}"#)
        for text in ["1", "1.0", "1e3", "-0.0", "12345678901234567890", "1.5e1"] { #expect(try schema.accepts(text)) }
        for text in ["1.5", "1e-1", "12345678901234567890.5", "\"1\""] { #expect(try !schema.accepts(text)) }
    }

    @Test func `in draft 4, an integer is written without a fraction and an exponent`() throws {
        let schema = try schema(#"{"$schema":"http://json-schema.org/draft-04/schema#","type":["integer","null"]}"#)
        for text in ["1", "-12345678901234567890", "null"] { #expect(try schema.accepts(text)) }
        for text in ["1.0", "1e2", "1.5"] { #expect(try !schema.accepts(text)) }
        #expect(
            try schema.problems(in: "1.0") == [
                "# /type The value is the number 1.0; it must be null or an integer."
            ])
    }

    @Test func `bounds beyond the range of a double are exact`() throws {
        let schema = try schema(#"{"minimum":1e400,"exclusiveMaximum":10000000000000000000000e400}"#)
        #expect(try schema.accepts("1e400"))
        #expect(try !schema.accepts("0.99999999999999999999e400"))
        #expect(try !schema.accepts("1e422"))
    }

    @Test func `equal numbers are equal constants and not unique`() throws {
        #expect(try schema(#"{"enum":[1,20,300]}"#).accepts("3e2"))
        #expect(try schema(#"{"const":{"a":[1.0,"A"]}}"#).accepts(#"{"a":[1,"\u0041"]}"#))
        #expect(try !schema(#"{"const":{"a":1,"b":2}}"#).accepts(#"{"b":2,"a":1.5}"#))
        #expect(try schema(#"{"const":{"a":1,"b":2}}"#).accepts(#"{"b":2.0,"a":1e0}"#))
        #expect(try !schema(#"{"uniqueItems":true}"#).accepts(#"[{"a":1,"b":2},3,{"b":2,"a":1.0}]"#))
        #expect(try schema(#"{"uniqueItems":true}"#).accepts("[1,true,\"1\",[1],{\"1\":1},null,false,0]"))
    }
}
