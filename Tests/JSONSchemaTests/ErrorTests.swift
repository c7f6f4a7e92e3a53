import MicroJSON
import Testing

@testable import JSONSchema

@Suite struct ErrorTests {
    private func problems(_ text: String, _ value: String) throws -> [String] { try schema(text).problems(in: value) }

    @Test func `every error has its place and says what is expected`() throws {
        let text = #"""
            {"type":"object","required":["name","age"],"additionalProperties":false,"properties":{
            "name":{"type":"string","minLength":2,"maxLength":4},"age":{"type":"integer","minimum":0,"multipleOf":2},
            "email":{"format":"email"},"tags":{"items":{"enum":["red","green"]},"uniqueItems":true,"maxItems":3},
            "id":{"pattern":"^u-[0-9]+$"},"a/b~c":{"const":{"x":1}}}}
            """#
        let value = #"""
            {"name":"é","age":-1,"emial":"x","email":"y","tags":["red","gren","red","red"],"id":"u-","a/b~c":{"x":2}}
            """#
        #expect(
            try problems(text, value) == [
                #"#/name /properties/name/minLength "é" has 1 character, the least are 2."#,
                "#/age /properties/age/minimum -1 is less than 0, the least permitted.",
                "#/age /properties/age/multipleOf -1 is not a multiple of 2.",
                "#/emial /additionalProperties The member 'emial' is not permitted. Did you mean 'email'?",
                #"#/email /properties/email/format "y" is not of the format 'email', like 'name@example.com'."#,
                "#/tags/1 /properties/tags/items/enum "
                    + #""gren" is not one of the permitted values: "red", "green". Did you mean "green"?"#,
                "#/tags /properties/tags/maxItems The array has 4 elements, the most are 3.",
                "#/tags /properties/tags/uniqueItems The elements 0 and 2 are equal; all must be different.",
                #"#/id /properties/id/pattern "u-" does not match the pattern '^u-[0-9]+$'."#,
                #"#/a~1b~0c /properties/a~1b~0c/const The value is {"x":2}; it must be {"x":1}."#,
            ])
        #expect(
            try problems(text, "{}") == [
                "# /required The member 'name' is missing; it is required.",
                "# /required The member 'age' is missing; it is required.",
            ])
        #expect(try problems(text, "[1]") == ["# /type The value is an array; it must be an object."])
    }

    @Test func `of several branches, the one that fits best is told`() throws {
        let text = #"""
            {"anyOf":[{"type":"string"},
            {"properties":{"kind":{"const":"a"},"x":{"type":"number"}},"required":["kind"]},
            {"properties":{"kind":{"const":"b"},"y":{"type":"number"}},"required":["kind"]}]}
            """#
        let errors = try schema(text).errors(in: JSONText(parsing: #"{"kind":"b","y":"1"}"#))
        #expect(errors.map(\.keywordLocation) == ["/anyOf/2/properties/y/type"])
        #expect(errors.map(\.branch) == [2])
        #expect(
            try problems(#"{"oneOf":[{"minimum":1},{"minimum":2}]}"#, "3") == [
                "# /oneOf The value fits the branches 0 and 1 of 'oneOf'; it must fit exactly one."
            ])
    }

    @Test func `other keywords say what they need`() throws {
        #expect(
            try problems(#"{"not":{"type":"null"},"contains":{"const":1},"dependentRequired":{"a":["b"]}}"#, "[2]") == [
                "# /contains No element of the array fits 'contains'; at least one must."
            ])
        #expect(
            try problems(#"{"not":{"type":"null"}}"#, "null") == [
                "# /not The value is null, which the schema in 'not' excludes."
            ])
        #expect(
            try problems(#"{"dependentRequired":{"a":["b"]}}"#, #"{"a":1}"#) == [
                "# /dependentRequired The member 'b' is missing; it is required beside 'a'."
            ])
        #expect(
            try problems(#"{"prefixItems":[true],"items":false}"#, "[1,2]") == [
                "#/1 /items The element is not permitted; the most elements are 1."
            ])
        #expect(
            try problems(#"{"properties":{"a":true},"unevaluatedProperties":false}"#, #"{"a":1,"b":2}"#) == [
                "#/b /unevaluatedProperties The member 'b' is not permitted."
            ])
        #expect(
            try problems(#"{"type":["integer","null","string"]}"#, "1.5") == [
                "# /type The value is the number 1.5; it must be a string, an integer or null."
            ])
        #expect(
            try problems(#"{"properties":{"a":false}}"#, #"{"a":1}"#) == [
                "#/a /properties/a No value is permitted here."
            ])
        #expect(
            try problems(#"{"propertyNames":{"maxLength":2}}"#, #"{"abc":1}"#).first?.contains("3 characters") == true)
    }

    @Test func `no more errors are collected than asked for, and long values are cut`() throws {
        let schema = try schema(#"{"items":{"type":"string","maxLength":3}}"#)
        let numbers = (0..<100).map(String.init).joined(separator: ",")
        #expect(try schema.problems(in: "[\(numbers)]", limit: 5).count == 5)
        let long = "\"" + String(repeating: "é", count: 1000) + "\""
        #expect(try schema.problems(in: "[\(long)]")[0].utf8.count < 200)
    }
}
