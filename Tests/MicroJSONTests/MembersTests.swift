import MicroJSON
import Testing

@Suite struct MembersTests {
    @Test func `Members are in order, with names and values as written`() throws {
        let members = Array(try parsed(#"{"b":1,"\u0061":{"x":[",}"]},"":"\"","t":true}"#).members)
        #expect(members.map(\.name) == ["b", "a", "", "t"].map(bytes))
        #expect(members.map { String(decoding: $0.rawName, as: UTF8.self) } == ["b", #"\u0061"#, "", "t"])
        #expect(members.map(\.value.description) == ["1", #"{"x":[",}"]}"#, #""\"""#, "true"])
        #expect(members.map(\.kind) == [.number, .object, .string, .boolean])
        #expect(members.map(\.nameHasEscapes) == [false, true, false, false])
    }

    @Test(arguments: ["{}", "[1,2]", "1", "null", "\"{\""]) func `Other texts have no members`(_ text: String) throws {
        #expect(try Array(parsed(text).members).isEmpty)
    }

    @Test func `Elements are in order`() throws {
        let elements = try parsed(#"[1,[2,3],{"a":","},"]",null]"#).elements
        #expect(elements.map { String(decoding: $0, as: UTF8.self) } == ["1", "[2,3]", #"{"a":","}"#, #""]""#, "null"])
        #expect(try Array(parsed("[]").elements).isEmpty)
        #expect(try Array(parsed("{}").elements).isEmpty)
    }

    struct Split: Row {
        let name: String
        let text: String
        let depth: Int
        let leaves: [String]
    }

    @Test(arguments: [
        Split(
            name: "All the way down", text: #"{"a":{"b":1,"c":{"d":[{"e":1}]}},"f":"x"}"#, depth: .max,
            leaves: ["a/b=1", #"a/c/d=[{"e":1}]"#, #"f="x""#]),
        Split(
            name: "One level down", text: #"{"a":{"b":1},"f":"x"}"#, depth: 1, leaves: [#"a={"b":1}"#, #"f="x""#]),
        Split(
            name: "Two levels down", text: #"{"a":{"b":{"c":1}},"d":{"e":2}}"#, depth: 2,
            leaves: [#"a/b={"c":1}"#, "d/e=2"]),
        Split(
            name: "Empty objects are leaves", text: #"{"a":{},"b":{"c":{}}}"#, depth: .max, leaves: ["a={}", "b/c={}"]),
        Split(name: "An empty object is one leaf", text: "{}", depth: .max, leaves: ["={}"]),
        Split(name: "A scalar is one leaf", text: "7", depth: .max, leaves: ["=7"]),
        Split(name: "An array is one leaf", text: "[{}]", depth: .max, leaves: ["=[{}]"]),
        Split(name: "No levels give one leaf", text: #"{"a":1}"#, depth: 0, leaves: [#"={"a":1}"#]),
        Split(name: "Names are decoded", text: #"{"\u0061":1}"#, depth: .max, leaves: ["a=1"]),
        Split(
            name: "An object behind a nested one is on its own level",
            text: #"{"a":{"b":{"c":1}},"d":{"e":{"f":2}},"g":3}"#,
            depth: .max, leaves: ["a/b/c=1", "d/e/f=2", "g=3"]),
    ]) func `A document is split into leaves`(_ row: Split) throws {
        var leaves: [String] = []
        try parsed(row.text).forEachLeaf(depth: row.depth) { path, value in
            let names = path.map { String(decoding: $0, as: UTF8.self) }.joined(separator: "/")
            leaves.append("\(names)=\(String(decoding: value, as: UTF8.self))")
        }
        #expect(leaves == row.leaves)
    }

    @Test func `A leaf visitor may stop with its own error`() throws {
        struct Stop: Error {}
        let text = try parsed(#"{"a":1,"b":2}"#)
        #expect(throws: Stop.self) { try text.forEachLeaf { _, _ throws(Stop) in throw Stop() } }
    }
}
