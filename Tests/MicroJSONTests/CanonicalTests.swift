import MicroJSON
import Testing

@Suite struct CanonicalTests {
    struct Form: Row {
        let name: String
        let input: String
        let output: String
    }

    @Test(arguments: numbers + strings + orders) func `A text has one canonical form`(_ row: Form) throws {
        let form = try canonical(row.input)
        #expect(form == row.output)
        #expect(try canonical(form) == form)
        #expect(try canonical("{\"b\":[\(row.input)],\"a\":0}") == "{\"a\":0,\"b\":[\(row.output)]}")
        let text = try JSONText(parsing: bytes(row.input))
        if text.isCanonical { #expect(row.input == row.output) }
    }

    @Test(arguments: [
        "0", "-1", "123456789", "0.5", "12.25", "-0.001", "0.000001", "true", #""plain é 😀""#, #"{"a":1,"b":{"c":[]}}"#,
        "12345678901234567890", #"{"":1,"A":2,"a":3,"aa":4}"#, "[]", "{}", #""a\n""#,
    ]) func `Parsing notices that a text is canonical`(_ text: String) throws {
        #expect(try JSONText(parsing: bytes(text)).isCanonical)
        #expect(try canonical(text) == text)
    }

    @Test(arguments: [
        "-0", "1.0", "1e2", "0.0000001", "1234567890123456789012", #"{"b":1,"a":2}"#, #""\/""#, #""\u0041""#,
        "{\"\u{FB33}\":1,\"😀\":2}",
    ]) func `Parsing notices that a text is not canonical`(_ text: String) throws {
        #expect(try !JSONText(parsing: bytes(text)).isCanonical)
        #expect(try canonical(text) != text)
    }

    static func number(_ input: String, _ output: String) -> Form {
        Form(name: "\(input) is \(output)", input: input, output: output)
    }

    /// The doubles of RFC 8785, appendix B, and numbers that a double can't represent.
    static let numbers: [Form] = [
        number("0.0", "0"), number("-0", "0"), number("-0.0", "0"), number("0e7", "0"), number("-0e-9", "0"),
        number("5e-324", "5e-324"), number("-5e-324", "-5e-324"),
        number("1.7976931348623157e308", "1.7976931348623157e+308"),
        number("9007199254740992", "9007199254740992"), number("-9007199254740992", "-9007199254740992"),
        number("295147905179352830000", "295147905179352830000"),
        number("2.9514790517935283e20", "295147905179352830000"),
        number("1e+21", "1e+21"), number("1e21", "1e+21"), number("1e20", "100000000000000000000"),
        number("9.999999999999997e22", "9.999999999999997e+22"), number("1E23", "1e+23"),
        number("1.0000000000000001e23", "1.0000000000000001e+23"),
        number("999999999999999700000", "999999999999999700000"),
        number("999999999999999900000", "999999999999999900000"),
        number("0.000001", "0.000001"), number("0.0000001", "1e-7"), number("1E-6", "0.000001"),
        number("9.999999999999997e-7", "9.999999999999997e-7"),
        number("333333333.3333332", "333333333.3333332"), number("333333333.33333325", "333333333.33333325"),
        number("333333333.33333329", "333333333.3333333"), number("333333333.33333330", "333333333.3333333"),
        number("333333333.33333343", "333333333.33333343"),
        number("-0.0000033333333333333333", "-0.0000033333333333333333"),
        number("-0.0000033333333333333335", "-0.0000033333333333333333"),
        number("1424953923781206.2", "1424953923781206.2"), number("4.50", "4.5"), number("2e-3", "0.002"),
        number("56.0", "56"), number("1E30", "1e+30"), number("100e-2", "1"), number("0.1e1", "1"),
        number("0.000000000000000000000000001", "1e-27"), number("120e0000", "120"), number("-1.50E+1", "-15"),
        number("0.30000000000000004", "0.30000000000000004"), number("0.1", "0.1"),
        // Numbers that a double can't represent keep their digits.
        number("9007199254740993", "9007199254740993"), number("9007199254740993.0", "9007199254740993"),
        number("12345678901234567890", "12345678901234567890"),
        number("1.2345678901234567890e19", "12345678901234567890"),
        number("72057594037927936", "72057594037927936"), number("72057594037927940", "72057594037927940"),
        number("123456789012345678901234567890", "1.2345678901234567890123456789e+29"),
        number("1e400", "1e+400"), number("10e399", "1e+400"), number("-1E-400", "-1e-400"), number("1e-400", "1e-400"),
        number("0.1000000000000000055511151231257827", "0.1000000000000000055511151231257827"),
        number("1.000000000000000055511151231257827e-1", "0.1000000000000000055511151231257827"),
        number("1e999999999999999999", "1e+999999999999999999"),
        number("4.9406564584124654e-324", "5e-324"), number("0.1e-999999999999999998", "1e-999999999999999999"),
    ]

    static let strings: [Form] = [
        Form(name: "Escapes that needn't be are decoded", input: #""\u0041\/\u20ac""#, output: #""A/€""#),
        Form(name: "Short escapes are short", input: #""\u0008\u0009\u000a\u000c\u000D""#, output: #""\b\t\n\f\r""#),
        Form(name: "Other controls have small letters", input: #""\u001F\u0000""#, output: #""\u001f\u0000""#),
        Form(name: "DEL is no control to the RFC", input: #""\u007f""#, output: "\"\u{7F}\""),
        Form(name: "Quotes and backslashes stay escaped", input: #""\u0022\u005c""#, output: #""\"\\""#),
        Form(name: "Surrogate pairs are decoded", input: #""\ud83d\ude02""#, output: "\"😂\""),
        Form(name: "Characters are not normalised", input: #""A\u030a""#, output: "\"A\u{30A}\""),
    ]

    static let orders: [Form] = [
        Form(name: "Members are sorted", input: #"{"b":1,"a":2,"":3}"#, output: #"{"":3,"a":2,"b":1}"#),
        Form(name: "A shorter name is first", input: #"{"aa":1,"a":2}"#, output: #"{"a":2,"aa":1}"#),
        Form(
            name: "Long names are sorted behind their eighth byte",
            input: #"{"123456789b":1,"123456789a":2,"12345678":3}"#,
            output: #"{"12345678":3,"123456789a":2,"123456789b":1}"#),
        Form(
            name: "Characters of four bytes are before U+E000 and above",
            input: "{\"\u{FB33}\":1,\"\u{1F600}\":2,\"\u{D7FF}\":3}",
            output: "{\"\u{D7FF}\":3,\"\u{1F600}\":2,\"\u{FB33}\":1}"),
        Form(
            name: "So they are far into a name", input: "{\"0123456789\u{FB33}\":1,\"0123456789\u{1F600}\":2}",
            output: "{\"0123456789\u{1F600}\":2,\"0123456789\u{FB33}\":1}"),
        Form(
            name: "Names are sorted by content", input: #"{"b":1,"\u0061":2}"#, output: #"{"a":2,"b":1}"#),
        Form(name: "Names are escaped again", input: #"{"\u000a":1,"\u0061\/":2}"#, output: #"{"\n":1,"a/":2}"#),
        Form(
            name: "Objects inside are sorted too", input: #"[{"b":{"d":1,"c":[{"f":1,"e":2}]}}]"#,
            output: #"[{"b":{"c":[{"e":2,"f":1}],"d":1}}]"#),
        Form(name: "Arrays keep their order", input: "[3,1,2]", output: "[3,1,2]"),
    ]
}
