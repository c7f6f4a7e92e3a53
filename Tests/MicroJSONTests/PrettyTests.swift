import MicroJSON
import Testing

@Suite struct PrettyTests {
    @Test func `A member a line, empty ones compact, a line feed at the end`() throws {
        let text = try parsed(#"{"a":1,"b":[],"c":{},"d":[1,{"e":"x,:{}[]\""}],"f":{"g":null}}"#)
        #expect(
            String(decoding: text.pretty(), as: UTF8.self) == """
                {
                  "a": 1,
                  "b": [],
                  "c": {},
                  "d": [
                    1,
                    {
                      "e": "x,:{}[]\\""
                    }
                  ],
                  "f": {
                    "g": null
                  }
                }

                """)
        #expect(try JSONText(parsing: text.pretty(indent: 7)) == text)
    }

    @Test(arguments: ["1", "[]", "{}", "\"x\"", "null"]) func `Scalars and empty ones are one line`(_ text: String)
        throws
    {
        #expect(String(decoding: try parsed(text).pretty(), as: UTF8.self) == text + "\n")
    }
}
