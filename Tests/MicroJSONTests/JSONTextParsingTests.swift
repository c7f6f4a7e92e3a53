import MicroJSON
import Testing

@Suite struct JSONTextParsingTests {
    struct Text: Row {
        let name: String
        let input: [UInt8]
        /// The minified text; nil if the text must be refused.
        let output: String?

        static func good(_ name: String, _ input: String, _ output: String? = nil) -> Text {
            Text(name: name, input: Array(input.utf8), output: output ?? input)
        }

        static func bad(_ name: String, _ input: String) -> Text {
            Text(name: name, input: Array(input.utf8), output: nil)
        }

        static func bad(_ name: String, bytes: [UInt8]) -> Text {
            Text(name: name, input: bytes, output: nil)
        }
    }

    @Test(arguments: good) func `A text of RFC 8259 is accepted, minified and otherwise kept`(_ row: Text) throws {
        let text = try JSONText(parsing: row.input)
        #expect(text.description == row.output)
        let fromBuffer = try row.input.withUnsafeBufferPointer { try JSONText(parsing: $0) }
        #expect(fromBuffer == text)
        #expect(try JSONText(parsing: text.utf8) == text)
    }

    @Test(arguments: badStructures + badNumbers + badStrings + badUTF8)
    func `A text outside of RFC 8259 is refused`(_ row: Text) {
        #expect(throws: JSONSyntaxError.self) { try JSONText(parsing: row.input) }
        // Also with bytes after it, so that eight can be read at once.
        let padded = row.input + Array(repeating: UInt8(ascii: " "), count: 16)
        #expect(throws: JSONSyntaxError.self) { try JSONText(parsing: padded) }
        #expect(throws: JSONSyntaxError.self) { try JSONText(parsing: bytes("[0,") + row.input + bytes("]")) }
    }

    static let good: [Text] = [
        .good("null is a text", "null"),
        .good("true is a text", "true"),
        .good("false is a text", "false"),
        .good("A number is a text", "42"),
        .good("A string is a text", #""lonely""#),
        .good("An empty string is a text", #""""#),
        .good("An empty array is a text", "[]"),
        .good("An empty object is a text", "{}"),
        .good("White space in empty brackets goes", " [ ] ", "[]"),
        .good("White space in empty braces goes", " { \n } ", "{}"),
        .good("All four kinds of white space go", "\t[\r\n1 ,\t2\r]\n ", "[1,2]"),
        .good("White space in strings stays", #"[ "a b" , "\t" ]"#, #"["a b","\t"]"#),
        .good("White space around members goes", "{ \"a\" : 1 , \"b\" : [ ] }", #"{"a":1,"b":[]}"#),
        .good("White space only at the end goes", "[1]\n", "[1]"),
        .good("White space only at the start goes", "\n[1]", "[1]"),
        .good("Arrays nest", "[[],[[]],[[[1]]]]"),
        .good("Objects nest", #"{"a":{"b":{"c":{}}}}"#),
        .good("An empty name is a name", #"{"":0}"#),
        .good("Objects inside arrays may repeat each other's names", #"[{"a":1},{"a":1}]"#),
        .good("An object and the one inside it may share a name", #"{"a":{"a":{"a":1}}}"#),
        .good("Zero is a number", "0"),
        .good("Minus zero stays minus zero", "-0"),
        .good("Minus zero with a fraction is a number", "-0.0"),
        .good("A fraction is a number", "123.456789"),
        .good("A negative number is a number", "[-1,-12,-1.5]"),
        .good("Exponents have either case and any sign", "[1e1,1E1,1e+1,1E-1,0e0,1.5e3]"),
        .good("An exponent may have leading zeros", "1e0000000000000000000000000007"),
        .good("Numbers beyond a double are numbers", "[1e400,-1e400,1e-400]"),
        .good("Every two-character escape is an escape", #""\"\\\/\b\f\n\r\t""#),
        .good("Unicode escapes have either case", #""\u00e9\u00E9\u0000\uFFFF\uABCD""#),
        .good("A surrogate pair is an escape", #""\ud83d\uDE00""#),
        .good("Two surrogate pairs may be adjacent", #""\ud83d\ude00\ud83d\ude00""#),
        .good("DEL needs no escape", "\"\u{7F}\""),
        .good("U+2028 and U+2029 need no escape", "\"\u{2028}\u{2029}\""),
        .good("Noncharacters are characters to JSON", "\"\u{FFFE}\u{10FFFF}\""),
        .good("Characters of two, three and four bytes are kept", "\"é€😀, and then some ascii\""),
        .good("A name of many bytes is kept", #"{"a very long name that has more than eight bytes":1}"#),
        .good("Solidus and escaped solidus both stay", #"["/","\/"]"#),
        .good("Brackets in strings are content", #"["[","]","{","}",",",":"]"#),
    ]

    static let badStructures: [Text] = [
        .bad("Nothing is no text", ""),
        .bad("White space is no text", " \n "),
        .bad("An array must close", "[1"),
        .bad("An array must close after a comma", "[1,"),
        .bad("An open bracket is no text", "["),
        .bad("A closing bracket is no text", "]"),
        .bad("An array has no comma behind its last element", "[1,]"),
        .bad("An array has no comma before its first element", "[,1]"),
        .bad("Two commas are one too many", "[1,,2]"),
        .bad("Elements need a comma", "[1 2]"),
        .bad("Strings need a comma", #"["a" "b"]"#),
        .bad("An array has no colons", #"["a":1]"#),
        .bad("A brace doesn't close an array", "[1}"),
        .bad("An object must close", #"{"a":1"#),
        .bad("An object must close after a name", #"{"a""#),
        .bad("An object must close after a colon", #"{"a":"#),
        .bad("An open brace is no text", "{"),
        .bad("An object has no comma behind its last member", #"{"a":1,}"#),
        .bad("An object has no comma before its first member", #"{,"a":1}"#),
        .bad("A bracket doesn't close an object", #"{"a":1]"#),
        .bad("Members need a comma", #"{"a":1 "b":2}"#),
        .bad("A member needs a value", #"{"a":}"#),
        .bad("A member needs a colon", #"{"a" 1}"#),
        .bad("A member has one colon", #"{"a"::1}"#),
        .bad("A name has quotes", "{a:1}"),
        .bad("A name has double quotes", "{'a':1}"),
        .bad("A number is no name", "{1:1}"),
        .bad("Only one value is a text", "1 2"),
        .bad("Nothing follows an array", "[]]"),
        .bad("Nothing follows an object", "{}}"),
        .bad("Nothing follows a literal", "nullx"),
        .bad("Comments are not JSON", "[1] // one"),
        .bad("Block comments are not JSON", "/* one */ [1]"),
        .bad("Literals are in lower case", "True"),
        .bad("A literal must be whole", "tru"),
        .bad("nul is no literal", "nul"),
        .bad("undefined is no literal", "undefined"),
        .bad("A form feed is no white space", "[\u{0C}1]"),
        .bad("A no-break space is no white space", "[\u{A0}1]"),
        .bad("NUL is nothing", "\0"),
        .bad("NUL behind the value is no white space", "1\0"),
        .bad("A byte order mark is refused", bytes: [0xEF, 0xBB, 0xBF, 0x31]),
        .bad("UTF-16 is refused", bytes: [0x5B, 0x00, 0x5D, 0x00]),
    ]

    static let badNumbers: [Text] = [
        "01", "-01", "00", "-", "--1", "+1", ".5", "-.5", "1.", "1.e1", "1e", "1e+", "1e-", "1.5e", "1e1.5", "0x1F",
        "1_000", "NaN", "Infinity", "-Infinity", "0.1e-999999999999999999", "1e1e1", "1.2.3", "0e", "1 000", "١",
        "1e1234567890123456789",
    ].map { .bad("\($0) is no number", $0) }

    static let badStrings: [Text] = [
        .bad("A string must close", #""abc"#),
        .bad("A quote alone is no string", "\""),
        .bad("An escaped quote doesn't close", #""abc\""#),
        .bad("Single quotes are no quotes", "'abc'"),
        .bad("A line feed needs an escape", "\"a\nb\""),
        .bad("A tab needs an escape", "\"a\tb\""),
        .bad("NUL needs an escape", "\"a\0b\""),
        .bad("U+001F needs an escape", "\"\u{1F}\""),
        .bad("A control character far into a string is found", "\"0123456789abcdef\u{01}0123456789\""),
        .bad(#"\x is no escape"#, #""\x41""#),
        .bad(#"\' is no escape"#, #""\'""#),
        .bad(#"\U is no escape"#, #""\U0041""#),
        .bad(#"\0 is no escape"#, #""\0""#),
        .bad("A backslash at the end is no escape", #""\"#),
        .bad("An escape has four digits", #""\u041""#),
        .bad("An escape has hexadecimal digits", #""\u00g1""#),
        .bad("An escape must be whole at the end", #""\u00"#),
        .bad("A lone high surrogate is refused", #""\ud800""#),
        .bad("A lone low surrogate is refused", #""\udc00""#),
        .bad("A high surrogate before other text is refused", #""\ud800abcdef""#),
        .bad("A high surrogate before another escape is refused", #""\ud800\n12345""#),
        .bad("Two high surrogates are refused", #""\ud800\ud800""#),
        .bad("A high surrogate before a plain character is refused", #""\ud800\u0041""#),
        .bad("Surrogates in the wrong order are refused", #""\udc00\ud800""#),
        .bad("A lone surrogate in a name is refused", #"{"\ud800":1}"#),
    ]

    static let badUTF8: [Text] = [
        .bad("A continuation byte alone is refused", bytes: [0x22, 0x80, 0x22]),
        .bad("A lead without its continuation is refused", bytes: [0x22, 0xC3, 0x22]),
        .bad("Two of three bytes are refused", bytes: [0x22, 0xE2, 0x82, 0x22]),
        .bad("Three of four bytes are refused", bytes: [0x22, 0xF0, 0x9F, 0x98, 0x22]),
        .bad("An overlong solidus is refused", bytes: [0x22, 0xC0, 0xAF, 0x22]),
        .bad("An overlong NUL is refused", bytes: [0x22, 0xC0, 0x80, 0x22]),
        .bad("An overlong form of three bytes is refused", bytes: [0x22, 0xE0, 0x80, 0xAF, 0x22]),
        .bad("An overlong form of four bytes is refused", bytes: [0x22, 0xF0, 0x80, 0x80, 0xAF, 0x22]),
        .bad("An encoded surrogate is refused", bytes: [0x22, 0xED, 0xA0, 0x80, 0x22]),
        .bad("An encoded surrogate pair is refused", bytes: [0x22, 0xED, 0xA0, 0xBD, 0xED, 0xB8, 0x80, 0x22]),
        .bad("What is above U+10FFFF is refused", bytes: [0x22, 0xF4, 0x90, 0x80, 0x80, 0x22]),
        .bad("Five bytes are no character", bytes: [0x22, 0xF8, 0x88, 0x80, 0x80, 0x80, 0x22]),
        .bad("FE is no lead", bytes: [0x22, 0xFE, 0x22]),
        .bad("FF is no lead", bytes: [0x22, 0xFF, 0x22]),
        .bad("Latin-1 is refused", bytes: [0x22, 0x61, 0xE9, 0x62, 0x63, 0x22]),
        .bad("Invalid UTF-8 in a name is refused", bytes: [0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x31, 0x7D]),
        .bad("Invalid UTF-8 outside of strings is refused", bytes: [0x5B, 0xE9, 0x5D]),
    ]
}
