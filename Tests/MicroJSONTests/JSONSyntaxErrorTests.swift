import MicroJSON
import Testing

@Suite struct JSONSyntaxErrorTests {
    struct Mistake: Row {
        let name: String
        let input: String
        let reason: String
        let line: Int
        let column: Int
        let offset: Int
        var code = JSONSyntaxError.Code.syntax
    }

    @Test(arguments: mistakes) func `An error says what was expected, what was found, and where`(_ row: Mistake) {
        let error = #expect(throws: JSONSyntaxError.self) { try JSONText(parsing: bytes(row.input)) }
        #expect(error?.reason == row.reason)
        #expect(error?.line == row.line)
        #expect(error?.column == row.column)
        #expect(error?.offset == row.offset)
        #expect(error?.code == row.code)
        let place = "at line \(row.line), column \(row.column) (byte \(row.offset))"
        #expect(error?.description == "\(row.reason) \(place)")
    }

    static let mistakes: [Mistake] = [
        Mistake(
            name: "An empty text ends before its value", input: "",
            reason: "expected a value, found the end of the text", line: 1, column: 1, offset: 0),
        Mistake(
            name: "A brace in an array is not its end", input: "[1}",
            reason: "expected ',' or ']' after an array element, found '}'", line: 1, column: 3, offset: 2),
        Mistake(
            name: "A missing comma between members is found at the next name", input: "{\n  \"a\": 1\n  \"b\": 2\n}",
            reason: "expected ',' or '}' after an object member, found '\"'", line: 3, column: 3, offset: 13),
        Mistake(
            name: "A trailing comma in an array is found at the bracket", input: "[1,\n]",
            reason: "expected a value in the array, found ']'", line: 2, column: 1, offset: 4),
        Mistake(
            name: "A trailing comma in an object is found at the brace", input: #"{"a":1,}"#,
            reason: "expected a member name, found '}'", line: 1, column: 8, offset: 7),
        Mistake(
            name: "A name without quotes is found at its start", input: "{ a: 1}",
            reason: "expected a member name or '}', found 'a'", line: 1, column: 3, offset: 2),
        Mistake(
            name: "A missing colon is found behind the name", input: #"{"a" 1}"#,
            reason: "expected ':' after a member name, found '1'", line: 1, column: 6, offset: 5),
        Mistake(
            name: "Columns count characters, offsets count bytes", input: #"["é😀" x]"#,
            reason: "expected ',' or ']' after an array element, found 'x'", line: 1, column: 7, offset: 10),
        Mistake(
            name: "A strange character is shown whole", input: "[€]",
            reason: "expected a value in the array, found '€'", line: 1, column: 2, offset: 1),
        Mistake(
            name: "A control character is named", input: "[\"a\u{1}\"]",
            reason: "expected an escape for the control character in the string, found the control character U+0001",
            line: 1, column: 4, offset: 3),
        Mistake(
            name: "An open string is found at the end", input: #"{"a": "b"#,
            reason: "expected '\"' at the end of the string that starts at byte 6, found the end of the text",
            line: 1, column: 9, offset: 8),
        Mistake(
            name: "A leading zero is found at the second digit", input: "[01]",
            reason: "a number must not have leading zeros", line: 1, column: 3, offset: 2),
        Mistake(
            name: "A point needs digits", input: "1.",
            reason: "expected a digit after the decimal point, found the end of the text", line: 1, column: 3,
            offset: 2),
        Mistake(
            name: "A second value is found", input: "{} []",
            reason: "expected the end of the text after the value, found '['", line: 1, column: 4, offset: 3),
        Mistake(
            name: "Half a literal is found at its start", input: "[nul]",
            reason: "expected the literal null, found 'n'", line: 1, column: 2, offset: 1),
        Mistake(
            name: "A byte order mark is called by its name", input: "\u{FEFF}1",
            reason: "expected a value, found a byte order mark, which JSON must not contain", line: 1, column: 1,
            offset: 0),
        Mistake(
            name: "A lone surrogate is found at its backslash", input: #""ab\ud800""#,
            reason: "the \\u escape is one half of a surrogate pair without the other half", line: 1, column: 4,
            offset: 3,
            code: .encoding),
        Mistake(
            name: "A false escape is found at its letter", input: #""\x""#,
            reason: "expected one of \" \\ / b f n r t u after a backslash, found 'x'", line: 1, column: 3, offset: 2),
        Mistake(
            name: "A huge exponent is found at its first digit", input: "1e1234567890123456789",
            reason: "the exponent has more than 18 digits", line: 1, column: 3, offset: 2, code: .range),
        Mistake(
            name: "A repeated name is found where it is repeated", input: "{\"a\":1,\n \"b\":2, \"a\":3}",
            reason: "the object has the member \"a\" twice", line: 2, column: 9, offset: 16, code: .duplicateName),
    ]

    @Test func `Invalid UTF-8 is found at its first byte`() {
        let error = #expect(throws: JSONSyntaxError.self) {
            try JSONText(parsing: [0x5B, 0x22, 0xC3, 0xA9, 0xFF, 0x22, 0x5D])
        }
        #expect(error?.code == .encoding)
        #expect(error?.reason == "the string is not UTF-8: byte 0xFF can't start a character")
        #expect(error?.column == 4)
        #expect(error?.offset == 4)
    }
}
