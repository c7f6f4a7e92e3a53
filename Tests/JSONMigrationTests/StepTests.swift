import JSONMigration
import MicroJSON
import Testing

/// What each step makes of a document.
@Suite struct StepTests {
    /// A list of steps, a document, and what becomes of it.
    struct Example: Sendable {
        let steps: String
        let before: String
        let after: String

        init(_ steps: String, _ before: String, _ after: String) {
            (self.steps, self.before, self.after) = (steps, before, after)
        }
    }

    private static let members = [
        Example(
            #"[{"op":"rename","path":"/a","to":"b\"c"}]"#, #"{"x":1.0,"a":[1e2],"z":0}"#,
            #"{"x":1.0,"b\"c":[1e2],"z":0}"#),
        Example(#"[{"op":"rename","path":"/\u00e9","to":"e"}]"#, #"{"\u00e9":1}"#, #"{"e":1}"#),
        Example(#"[{"op":"rename","path":"/a/b","to":"c"}]"#, #"{"a":[{"b":1}]}"#, #"{"a":[{"b":1}]}"#),
        Example(
            #"[{"op":"rename","path":"/a/0/b","to":"c"}]"#, #"{"a":[{"b":1},{"b":2}]}"#, #"{"a":[{"c":1},{"b":2}]}"#),
        Example(
            #"[{"op":"rename","path":"/a/*/b","to":"c"}]"#, #"{"a":[{"b":1},2,{"b":3}]}"#, #"{"a":[{"c":1},2,{"c":3}]}"#
        ),
        Example(
            #"[{"op":"rename","path":"/*/*/b","to":"c"}]"#, #"{"x":{"y":{"b":1}},"z":[{"b":2},[]]}"#,
            #"{"x":{"y":{"c":1}},"z":[{"c":2},[]]}"#),
        Example(#"[{"op":"move","path":"/zip","to":"/address/code"}]"#, #"{"zip":"1"}"#, #"{"address":{"code":"1"}}"#),
        Example(
            #"[{"op":"move","path":"/zip","to":"/a/b/c"}]"#, #"{"a":{"x":1},"zip":"1","y":2}"#,
            #"{"a":{"x":1,"b":{"c":"1"}},"y":2}"#),
        Example(#"[{"op":"move","path":"/a/b","to":"/b"}]"#, #"{"a":{"b":1},"c":2}"#, #"{"a":{},"c":2,"b":1}"#),
        Example(#"[{"op":"move","path":"/a/b","to":"/b","prune":true}]"#, #"{"a":{"b":1},"c":2}"#, #"{"c":2,"b":1}"#),
        Example(
            #"[{"op":"move","path":"/a/b/c","to":"/c","prune":true}]"#, #"{"a":{"b":{"c":1},"x":0}}"#,
            #"{"a":{"x":0},"c":1}"#),
        Example(
            #"[{"op":"move","path":"/a/*/b","to":"/a/*/c/b"}]"#, #"{"a":[{"b":1},{"b":2,"c":{}},{}]}"#,
            #"{"a":[{"c":{"b":1}},{"c":{"b":2}},{}]}"#),
        Example(#"[{"op":"copy","path":"/a","to":"/b/c"}]"#, #"{"a":[1.50]}"#, #"{"a":[1.50],"b":{"c":[1.50]}}"#),
        Example(#"[{"op":"remove","path":"/a"}]"#, #"{"a":1,"b":2}"#, #"{"b":2}"#),
        Example(#"[{"op":"remove","path":"/b"}]"#, #"{"a":1,"b":2}"#, #"{"a":1}"#),
        Example(
            #"[{"op":"remove","path":"/a/*/b"},{"op":"remove","path":"/c/0"}]"#,
            #"{"a":{"x":{"b":1},"y":{"z":1,"b":[]}},"c":[1]}"#, #"{"a":{"x":{},"y":{"z":1}},"c":[1]}"#),
        Example(#"[{"op":"remove","path":"/a/b","prune":true}]"#, #"{"x":1,"a":{"b":1}}"#, #"{"x":1}"#),
        Example(#"[{"op":"default","path":"/a","value":{"x":[]}}]"#, #"{}"#, #"{"a":{"x":[]}}"#),
        Example(
            #"[{"op":"default","path":"/a","value":1},{"op":"default","path":"/b/c","value":2}]"#, #"{"a":null}"#,
            #"{"a":null}"#),
        Example(
            #"[{"op":"default","path":"/*/a","value":1}]"#, #"[{},{"b":0},3,{"a":2}]"#,
            #"[{"a":1},{"b":0,"a":1},3,{"a":2}]"#),
        Example(
            #"[{"op":"set","path":"/a","value":1},{"op":"set","path":"/b/1","value":"x"}]"#, #"{"b":[1,2],"a":{}}"#,
            #"{"b":[1,"x"],"a":1}"#),
    ]

    private static let values = [
        Example(#"[{"op":"wrap","path":"/a"},{"op":"wrap","path":""}]"#, #"{"a":1}"#, #"[{"a":[1]}]"#),
        Example(#"[{"op":"first","path":"/*"}]"#, #"{"a":[{"b":[1,2]},3],"b":[]}"#, #"{"a":{"b":[1,2]},"b":null}"#),
        Example(
            #"[{"op":"map","path":"/*","values":{"root":"admin","x":null}}]"#,
            #"["root","\u0072oot","user",{"root":1},"x"]"#, #"["admin","admin","user",{"root":1},null]"#),
        Example(
            #"[{"op":"map","path":"/a","values":[[true,"on"],[1.0,[1]]],"else":"fail"}]"#, #"{"a":10e-1}"#,
            #"{"a":[1]}"#),
        Example(
            #"[{"op":"convert","path":"/*","to":"string"}]"#, #"[1.0,-0,1e400,true,"x",null]"#,
            #"["1.0","-0","1e400","true","x",null]"#),
        Example(#"[{"op":"convert","path":"/*","to":"number"}]"#, #"["1.0","-1E5",7]"#, #"[1.0,-1E5,7]"#),
        Example(#"[{"op":"convert","path":"/*","to":"integer"}]"#, #"["10e-1",2.0]"#, #"[10e-1,2.0]"#),
        Example(#"[{"op":"convert","path":"","from":"string","to":"boolean"}]"#, #""true""#, "true"),
        Example(
            #"[{"op":"split","path":"/*","by":", "}]"#, #"["a, b,c, ","",", ","\u0061"]"#,
            #"[["a","b,c",""],[],["",""],["a"]]"#),
        Example(
            #"[{"op":"join","path":"/*","by":"--"}]"#, #"[["a","b-c","é"],[],["",""]]"#,
            #"["a--b-c--é","","--"]"#),
        Example(
            #"[{"op":"patch","path":"/a","patch":[{"op":"add","path":"/0","value":0}]}]"#, #"{"a":[1.0]}"#,
            #"{"a":[0,1.0]}"#),
    ]

    private static let oneOrNot = #"""
        [{"op":"when","path":"/k","is":1,"then":[{"op":"remove","path":"/k"}],
        "else":[{"op":"set","path":"/k","value":0}]}]
        """#

    private static let conditions = [
        Example(
            oneOrNot,
            #"{"k":1.0}"#, "{}"),
        Example(
            oneOrNot,
            #"{"k":"1"}"#, #"{"k":0}"#),
        Example(
            #"[{"op":"when","path":"/*/k","exists":true,"then":[{"op":"rename","path":"/*/v","to":"w"}]}]"#,
            #"[{"k":1,"v":1},{"v":2},3]"#, #"[{"k":1,"w":1},{"v":2},3]"#),
        Example(
            #"[{"op":"when","path":"/*","type":"string","then":[{"op":"wrap","path":"/*"}]}]"#, #"["a",1]"#,
            #"[["a"],1]"#),
        Example(
            #"""
            [{"op":"when","path":"/a/*/k","is":"x","then":[{"op":"when","path":"/a/*/b/*","type":"number",
            "then":[{"op":"convert","path":"/a/*/b/*","to":"string"}]}]}]
            """#,
            #"{"a":[{"k":"x","b":[1,null,2.0]},{"k":"y","b":[1]}]}"#,
            #"{"a":[{"k":"x","b":["1",null,"2.0"]},{"k":"y","b":[1]}]}"#),
    ]

    @Test(arguments: members + values + conditions)
    func `a step changes what its path leads to, and nothing else`(_ example: Example) throws {
        let migration = try migration(example.steps)
        #expect(try migration.apply(to: example.before) == example.after, "\(example.steps)")
        let again = try Migration(migration.text)
        #expect(again.text == migration.text)
        #expect(try again.apply(to: example.before) == example.after)
    }

    private static let failures = [
        Example(
            #"[{"op":"rename","path":"/a","to":"b"}]"#, #"{"a":1,"b":"x"}"#,
            "There is a member 'b' already; its value is \"x\"."),
        Example(
            #"[{"op":"move","path":"/a","to":"/b/c"}]"#, #"{"a":1,"b":{"c":2}}"#,
            "There is a member 'c' already; its value is 2."),
        Example(
            #"[{"op":"move","path":"/a","to":"/b/0"}]"#, #"{"a":1,"b":[2]}"#,
            "A part of '/b/0' is no object, so nothing can be put into it."),
        Example(
            #"[{"op":"copy","path":"/a","to":"/b"}]"#, #"{"a":1,"b":null}"#,
            "There is a member 'b' already; its value is null."),
        Example(#"[{"op":"first","path":"/a"}]"#, #"{"a":{"b":1}}"#, "The value is {\"b\":1}, which is not an array."),
        Example(
            #"[{"op":"map","path":"/a","values":{},"else":"fail"}]"#, #"{"a":1}"#,
            "The value is 1, which is not in the map."),
        Example(
            #"[{"op":"convert","path":"/a","to":"number"}]"#, #"{"a":" 1"}"#,
            "The value is \" 1\", which is not to be converted to the type 'number'."),
        Example(
            #"[{"op":"convert","path":"/a","to":"integer"}]"#, #"{"a":1.5}"#,
            "The value is 1.5, which is not to be converted to the type 'integer'."),
        Example(
            #"[{"op":"convert","path":"/a","from":"string","to":"number"}]"#, #"{"a":true}"#,
            "The value is true, which is not of the type 'string'."),
        Example(
            #"[{"op":"convert","path":"/a","to":"string"}]"#, #"{"a":[]}"#,
            "The value is [], which is not to be converted to the type 'string'."),
        Example(#"[{"op":"split","path":"/a","by":","}]"#, #"{"a":1}"#, "The value is 1, which is not a string."),
        Example(
            #"[{"op":"join","path":"/a","by":","}]"#, #"{"a":["x,y"]}"#,
            "The value is [\"x,y\"], which is not to be joined by ',' and split again."),
        Example(
            #"[{"op":"join","path":"/a","by":","}]"#, #"{"a":["x",1]}"#,
            "The value is [\"x\",1], which is an array of other values than strings."),
        Example(
            #"[{"op":"patch","path":"","patch":[{"op":"test","path":"/a","value":2}]}]"#, #"{"a":1}"#,
            "The patch can't be applied: operation 0: the test failed because '/a' has a different value."),
    ]

    @Test(arguments: failures)
    func `a step that can't be done says why, with the value`(_ example: Example) throws {
        let migration = try migration(example.steps)
        let failure = try #require(throws: MigrationFailure.self) { _ = try migration.apply(to: example.before) }
        #expect(failure.detail == example.after)
        #expect(failure.step == "/0")
    }
}
