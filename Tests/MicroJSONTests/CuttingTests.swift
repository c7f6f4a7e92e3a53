import MicroJSON
import Testing

/// Texts cut at a depth.
@Suite(.timeLimit(.minutes(1)))
struct CuttingTests {
    @Test(arguments: [
        (0, "[1]", "true"), (0, "[]", "[]"), (0, #""[x]""#, #""[x]""#), (0, "1.50", "1.50"),
        (
            1, #"{"a":{"b":[1]},"c":[],"d":{},"e":"}{\"]","f":-1e5}"#,
            #"{"a":true,"c":[],"d":{},"e":"}{\"]","f":-1e5}"#
        ),
        (2, #"{"a":{"b":[1],"c":{}},"d":[[2],3]}"#, #"{"a":{"b":true,"c":{}},"d":[true,3]}"#),
        (3, #"{"a":{"b":[1]}}"#, #"{"a":{"b":[1]}}"#),
    ])
    func `deeper values become true, and empty ones stay`(_ depth: Int, _ json: String, _ expected: String) throws {
        #expect(try JSONText(parsing: json).cut(depth: depth).description == expected)
    }
}
