import JSONMigration
import MicroJSON
import TestSupport
import Testing

/// How migrations are turned back and chained.
@Suite struct ReversalTests {
    private static let turned: [(up: String, down: String)] = [
        (#"[{"op":"rename","path":"/a/*/b","to":"c"}]"#, #"[{"op":"rename","path":"/a/*/c","to":"b"}]"#),
        (
            #"[{"op":"move","path":"/zip","to":"/address/zip"},{"op":"wrap","path":"/mail"}]"#,
            #"[{"op":"first","path":"/mail"},{"op":"move","path":"/address/zip","to":"/zip","prune":true}]"#
        ),
        (#"[{"op":"copy","path":"/a","to":"/b"}]"#, #"[{"op":"remove","path":"/b"}]"#),
        (#"[{"op":"default","path":"/a","value":1}]"#, #"[{"op":"remove","path":"/a"}]"#),
        (#"[{"op":"map","path":"/a","values":{"x":1}}]"#, #"[{"op":"map","path":"/a","values":[[1,"x"]]}]"#),
        (
            #"[{"op":"convert","path":"/a","from":"number","to":"string"}]"#,
            #"[{"op":"convert","path":"/a","from":"string","to":"number"}]"#
        ),
        (#"[{"op":"split","path":"/a","by":","}]"#, #"[{"op":"join","path":"/a","by":","}]"#),
        (
            #"[{"op":"when","path":"/*/k","is":1,"then":[{"op":"wrap","path":"/*/a"},{"op":"wrap","path":"/*/b"}]}]"#,
            #"[{"op":"when","path":"/*/k","is":1,"then":[{"op":"first","path":"/*/b"},{"op":"first","path":"/*/a"}]}]"#
        ),
    ]

    @Test(arguments: turned.indices)
    func `steps are turned back one by one, the last one first`(_ index: Int) throws {
        let (up, down) = Self.turned[index]
        #expect(try migration(up).reversed().text.description == down)
    }

    private static let lost: [(steps: String, location: String, says: String)] = [
        (#"[{"op":"remove","path":"/a"}]"#, "/0", "the value is lost"),
        (#"[{"op":"wrap","path":"/a"},{"op":"set","path":"/a","value":1}]"#, "/1", "what was there before is lost"),
        (#"[{"op":"map","path":"/a","values":{"x":1,"y":1.0}}]"#, "/0", "the same one"),
        (#"[{"op":"convert","path":"/a","to":"string"}]"#, "/0", "add 'from'"),
        (#"[{"op":"patch","path":"","patch":[]}]"#, "/0", "JSON Patch"),
        (#"[{"op":"when","path":"/k","is":1,"then":[{"op":"wrap","path":"/k"}]}]"#, "/0", "the condition"),
        (#"[{"op":"when","path":"/k/a","is":1,"then":[{"op":"rename","path":"/k","to":"l"}]}]"#, "/0", "the condition"),
        (#"[{"op":"when","path":"/k","exists":true,"then":[{"op":"remove","path":"/a"}]}]"#, "/0/then/0", "lost"),
        (
            #"[{"op":"when","path":"/k/l","exists":false,"then":[{"op":"move","path":"/a","to":"/k/l/m"}]}]"#, "/0",
            "the condition"
        ),
    ]

    @Test(arguments: lost.indices)
    func `a step that loses something says why it can't be turned back`(_ index: Int) throws {
        let (steps, location, says) = Self.lost[index]
        let problem = try #require(throws: MigrationProblem.self) { _ = try migration(steps).reversed() }
        #expect(problem.location == location, "\(problem)")
        #expect(problem.detail.contains(says), "\(problem)")
    }

    /// The names of old documents, those that steps make, and what the values of some members are.
    private struct Shape {
        var numbers: SeededGenerator

        mutating func document() -> JSONValue {
            var object = JSONObject()
            if numbers.below(4) > 0 { object["name"] = .string(numbers.pick(["", "Ada", "é\n", "\"/~*"])) }
            if numbers.below(4) > 0 { object["price"] = .scalar(number()) }
            if numbers.below(4) > 0 { object["role"] = .string(numbers.pick(["root", "user", "guest"])) }
            if numbers.below(4) > 0 { object["tags"] = .string(numbers.pick(["", "a", "a,b", ",", "a,,b,"])) }
            if numbers.below(4) > 0 { object["items"] = .array(JSONArray((0..<numbers.below(4)).map { _ in item() })) }
            if numbers.below(3) > 0 { object["address"] = .object(place()) }
            if numbers.below(4) > 0 { object["kind"] = .string(numbers.pick(["legacy", "new"])) }
            return .object(object)
        }

        private mutating func number() -> JSONText {
            JSONText(trusted: Array(numbers.pick(["0", "-1.50", "1e400", "12345678901234567890", "1.0", "-0"]).utf8))
        }

        private mutating func item() -> JSONValue {
            var object = JSONObject()
            if numbers.below(4) > 0 { object["price"] = .scalar(number()) }
            if numbers.below(2) > 0 { object["zip"] = .integer(numbers.below(9)) }
            return numbers.below(6) > 0 ? .object(object) : .scalar(number())
        }

        private mutating func place() -> JSONObject {
            var object = JSONObject()
            object["city"] = .string("x")
            if numbers.below(2) > 0 { object["zip"] = .string("1") }
            return object
        }

        /// Steps that can be turned back for such documents, each at most once, because one may remove what another
        /// one is about.
        mutating func steps() -> [String] {
            let all = [
                #"{"op":"rename","path":"/name","to":"fullName"}"#,
                #"{"op":"move","path":"/address/zip","to":"/codes/zip/code"}"#,
                #"{"op":"move","path":"/items/*/zip","to":"/items/*/place/zip"}"#,
                #"{"op":"copy","path":"/kind","to":"/more/kind"}"#,
                #"{"op":"default","path":"/locale","value":"en"}"#,
                #"{"op":"default","path":"/items/*/currency","value":{"code":"EUR"}}"#,
                #"{"op":"map","path":"/role","values":{"root":"admin","guest":null}}"#,
                #"{"op":"convert","path":"/price","from":"number","to":"string"}"#,
                #"{"op":"convert","path":"/items/*/price","from":"number","to":"string"}"#,
                #"{"op":"wrap","path":"/address"}"#,
                #"{"op":"wrap","path":"/items/*"}"#,
                #"{"op":"split","path":"/tags","by":","}"#,
                #"{"op":"when","path":"/kind","is":"legacy","then":[{"op":"wrap","path":"/name"}],"#
                    + #""else":[{"op":"rename","path":"/name","to":"newName"}]}"#,
                #"{"op":"when","path":"/items/*","type":"object","then":[{"op":"wrap","path":"/items/*/price"}]}"#,
            ]
            return all.filter { _ in numbers.below(3) == 0 }
        }
    }

    @Test func `a migration that can be turned back gives the same document again`() throws {
        var shape = Shape(numbers: SeededGenerator(seed: 51))
        var changed = 0
        for _ in 0..<20_000 {
            let text = "[" + shape.steps().shuffled(using: &shape.numbers).joined(separator: ",") + "]"
            let up = try migration(text)
            let document = shape.document()
            guard let there = try? up.apply(to: document.text) else { continue }
            let back = try up.reversed().apply(to: there)
            #expect(JSONValue(back) == document, "\(text) on \(document.text) gave \(there), and then \(back)")
            if there != document.text { changed += 1 }
        }
        #expect(changed > 10_000)
    }

    @Test func `a chain does what its migrations do one after another`() throws {
        var shape = Shape(numbers: SeededGenerator(seed: 52))
        for _ in 0..<2000 {
            let migrations = try (0..<3).map { _ in try migration("[" + shape.steps().joined(separator: ",") + "]") }
            let document = shape.document().text
            let single = try? migrations.reduce(document) { try $1.apply(to: $0) }
            let chained = try? Migration(chaining: migrations).apply(to: document)
            #expect(chained == single)
        }
    }
}
