import JSONMigration
import MicroJSON
import TestSupport
import Testing

/// How lists of steps are read.
@Suite struct ReadingTests {
    private static let refused: [(text: String, location: String, says: String)] = [
        (#"{"op":"remove"}"#, "", "array"),
        ("[1]", "/0", "object"),
        (#"[{"op":"delete","path":"/a"}]"#, "/0/op", "'remove'"),
        (#"[{"path":"/a"}]"#, "/0/op", "'rename', 'move'"),
        (#"[{"op":"remove"}]"#, "/0", "'path'"),
        (#"[{"op":"remove","path":"a"}]"#, "/0/path", "JSON pointer"),
        (#"[{"op":"remove","path":1}]"#, "/0/path", "a string"),
        (#"[{"op":"remove","path":""}]"#, "/0/path", "name of a member"),
        (#"[{"op":"remove","path":"/a/*"}]"#, "/0/path", "name of a member"),
        (#"[{"op":"remove","path":"/a","valeu":1}]"#, "/0/valeu", "known: 'op', 'path', 'prune'"),
        (#"[{"op":"remove","path":"/a","prune":1}]"#, "/0/prune", "true or false"),
        (#"[{"op":"remove","path":"/*/*/*/*/a"}]"#, "/0/path", "more than 3 '*'"),
        (#"[{"op":"rename","path":"/a","to":"a"}]"#, "/0/to", "already"),
        (#"[{"op":"rename","path":"/a"}]"#, "/0", "'to'"),
        (#"[{"op":"move","path":"/a","to":"/a/b"}]"#, "/0/to", "neither into"),
        (#"[{"op":"move","path":"/a/b","to":"/a"}]"#, "/0/to", "around it"),
        (#"[{"op":"move","path":"/a/*/b","to":"/b"}]"#, "/0/to", "begin as 'path'"),
        (#"[{"op":"copy","path":"/a/*/b","to":"/b/*/c"}]"#, "/0/to", "begin as 'path'"),
        (#"[{"op":"map","path":"/a","values":1}]"#, "/0/values", "[old, new]"),
        (#"[{"op":"map","path":"/a","values":[[1,2,3]]}]"#, "/0/values", "[old, new]"),
        (#"[{"op":"map","path":"/a","values":[[1,2],[1.0,3]]}]"#, "/0/values", "twice"),
        (#"[{"op":"map","path":"/a","values":{},"else":"drop"}]"#, "/0/else", "\"keep\" or \"fail\""),
        (#"[{"op":"convert","path":"/a","to":"text"}]"#, "/0/to", "'integer'"),
        (#"[{"op":"convert","path":"/a","from":"boolean","to":"number"}]"#, "/0/to", "'map'"),
        (#"[{"op":"convert","path":"/a","from":"number","to":"number"}]"#, "/0/to", "'map'"),
        (#"[{"op":"split","path":"/a","by":""}]"#, "/0/by", "at least one"),
        (#"[{"op":"patch","path":"","patch":[{"op":"add"}]}]"#, "/0/patch", "RFC 6902"),
        (#"[{"op":"when","path":"/a","then":[]}]"#, "/0", "exactly one"),
        (#"[{"op":"when","path":"/a","is":1,"type":"null","then":[]}]"#, "/0", "exactly one"),
        (#"[{"op":"when","path":"/a","type":"float","then":[]}]"#, "/0/type", "'object'"),
        (#"[{"op":"when","path":"/a","is":1,"then":[{"op":"wrap"}]}]"#, "/0/then/0", "'path'"),
        (#"[{"op":"when","path":"/a/*/b","is":1,"then":[{"op":"wrap","path":"/c"}]}]"#, "/0/then/0/path", "'/a/*'"),
    ]

    @Test(arguments: refused.indices)
    func `a list that isn't right is refused, with the place and what is expected`(_ index: Int) throws {
        let (text, location, says) = Self.refused[index]
        let problem = try refusal(of: text)
        #expect(problem.location == location, "\(text): \(problem)")
        #expect(problem.detail.contains(says), "\(text): \(problem)")
    }

    @Test func `a list has at most 256 steps, those in conditions included`() throws {
        let step = #"{"op":"wrap","path":"/a"}"#
        func list(_ count: Int) -> String { "[" + repeatElement(step, count: count).joined(separator: ",") + "]" }
        _ = try migration(list(256))
        #expect(try refusal(of: list(257)).location == "/256")
        let inner = #"[{"op":"when","path":"","exists":true,"then":\#(list(128)),"else":\#(list(128))}]"#
        #expect(try refusal(of: inner).location == "/0/else/127")
    }

    @Test func `conditions are inside one another at most 16 times`() throws {
        var text = "[]"
        for _ in 0..<20 { text = #"[{"op":"when","path":"","exists":true,"then":\#(text)}]"# }
        #expect(try refusal(of: text).detail.contains("16"))
    }

    @Test func `damaged lists are refused or applied, and never end the process`() throws {
        let seeds = StepSeeds.lists
        var numbers = SeededGenerator(seed: 16)
        var applied = 0
        for _ in 0..<20_000 {
            var bytes = Array(numbers.pick(seeds).utf8)
            for _ in 0..<numbers.below(4) {
                bytes[numbers.below(bytes.count)] = numbers.pick(Array("{}[]\",:/*~-\\0a".utf8))
            }
            guard let text = try? JSONText(parsing: bytes), let migration = try? Migration(text) else { continue }
            #expect(try Migration(migration.text).text == migration.text)
            _ = try? migration.reversed()
            guard let result = try? migration.apply(to: text) else { continue }
            #expect((try? JSONText(parsing: result.utf8)) == result)
            applied += 1
        }
        #expect(applied > 1000)
    }
}

/// Lists of steps to begin with.
enum StepSeeds {
    static let lists = [
        #"[{"op":"rename","path":"/0/op","to":"x"},{"op":"move","path":"/1/to","to":"/1/a/b"}]"#,
        #"[{"op":"when","path":"/*/op","is":"wrap","then":[{"op":"wrap","path":"/*/path"}]},{"op":"wrap","path":""}]"#,
        #"[{"op":"map","path":"/*/op","values":{"map":"x"}},{"op":"split","path":"/*/path","by":"/"}]"#,
        #"[{"op":"convert","path":"/*/a","from":"number","to":"string","x":1}]"#,
        #"[{"op":"default","path":"/*/a","value":{"b":1}},{"op":"remove","path":"/*/path","prune":true}]"#,
        #"[{"op":"copy","path":"/0/path","to":"/0/y"},{"op":"set","path":"/0/z","value":[]}]"#,
        #"[{"op":"patch","path":"","patch":[{"op":"add","path":"/-","value":1}]}]"#,
        #"[{"op":"first","path":"/*/path"},{"op":"join","path":"/*/by","by":","}]"#,
    ]
}
