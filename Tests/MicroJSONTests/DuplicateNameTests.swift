import MicroJSON
import Testing

@Suite struct DuplicateNameTests {
    struct Object: Row {
        let name: String
        let input: String
    }

    @Test(arguments: [
        Object(name: "Side by side", input: #"{"a":1,"a":2}"#),
        Object(name: "With others between", input: #"{"a":1,"b":2,"a":3}"#),
        Object(name: "The later one escaped", input: #"{"a":1,"\u0061":2}"#),
        Object(name: "The earlier one escaped", input: #"{"\u0061":1,"a":2}"#),
        Object(name: "Both escaped in different ways", input: #"{"\n":1,"\u000A":2}"#),
        Object(name: "A solidus and an escaped solidus", input: #"{"a/b":1,"a\/b":2}"#),
        Object(name: "A character of four bytes and its surrogate pair", input: #"{"😀":1,"\ud83d\ude00":2}"#),
        Object(name: "Empty names", input: #"{"":1,"x":0,"":2}"#),
        Object(name: "Long names", input: #"{"abcdefghijk":1,"b":0,"abcdefghijk":2}"#),
        Object(name: "Inside an array", input: #"[{"x":1},{"b":1,"a":1,"b":1}]"#),
        Object(name: "After an object that has the name too", input: #"{"a":{"a":1},"a":2}"#),
    ]) func `A duplicate name is refused`(_ row: Object) {
        let error = #expect(throws: JSONSyntaxError.self) { try JSONText(parsing: bytes(row.input)) }
        #expect(error?.code == .duplicateName)
    }

    @Test(arguments: [
        Object(name: "Names that differ in case", input: #"{"b":1,"a":1,"A":1,"B":1}"#),
        Object(name: "Names that only look alike (composed and decomposed)", input: "{\"\u{E9}\":1,\"e\u{301}\":2}"),
        Object(name: "A name and the same with NUL behind it", input: #"{"a\u0000":1,"a":2}"#),
        Object(name: "Names that begin alike", input: #"{"abcdefghij":1,"abcdefgh":2,"abcdefghi":3}"#),
        Object(name: "Falling names", input: #"{"c":1,"b":2,"a":3}"#),
        Object(name: "The same name on different levels", input: #"{"z":{"a":1},"a":{"a":{"z":1}}}"#),
    ]) func `Different names are accepted`(_ row: Object) throws {
        #expect(try parsed(row.input).description == row.input)
    }

    @Test(arguments: [2, 15, 16, 17, 18, 40, 41, 1000, 20000])
    func `A duplicate name is found in objects of every size`(_ count: Int) throws {
        // 7,919 is prime, so the names are unordered and unique.
        let names = (0..<count).map { "name \(($0 * 7919) % count)" }
        let good = "{" + names.map { "\"\($0)\":1" }.joined(separator: ",") + "}"
        #expect(try parsed(good).members.reduce(0) { count, _ in count + 1 } == count)
        for repeated in [0, count / 2, count - 1] {
            let bad = good.dropLast() + ", \"\(names[repeated])\":2}"
            let error = #expect(throws: JSONSyntaxError.self) { try parsed(String(bad)) }
            #expect(error?.reason == "the object has the member \"\(names[repeated])\" twice")
            #expect(error?.offset == good.utf8.count + 1)
        }
    }
}
