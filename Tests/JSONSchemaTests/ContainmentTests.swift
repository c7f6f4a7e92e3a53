import Foundation
import JSONSchema
import MicroJSON
import Testing

/// Whether all that one schema permits is permitted by another one.
@Suite struct ContainmentTests {
    private func containment(_ first: String, _ other: String) throws -> SchemaContainment {
        try schema(first).containment(in: try schema(other))
    }

    private static let contained: [(String, String)] = [
        ("false", #"{"type":"string"}"#),
        (#"{"type":"integer"}"#, #"{"type":"number"}"#),
        (#"{"type":"string"}"#, #"{"type":["string","null"]}"#),
        (#"{"minimum":1}"#, #"{"minimum":0.5}"#),
        (#"{"exclusiveMinimum":1}"#, #"{"minimum":1}"#),
        (#"{"type":"integer"}"#, #"{"multipleOf":0.5}"#),
        (#"{"multipleOf":6}"#, #"{"multipleOf":1.5}"#),
        (#"{"minLength":2,"maxLength":3}"#, #"{"minLength":1,"maxLength":3}"#),
        (#"{"pattern":"^a","format":"date"}"#, #"{"pattern":"^a"}"#),
        (#"{"enum":[1,"x"]}"#, #"{"enum":["x",1.0,null]}"#),
        (#"{"const":"ab"}"#, #"{"pattern":"^a","maxLength":2}"#),
        (#"{"enum":[1,2,3],"maximum":2}"#, #"{"enum":[1,2]}"#),
        (#"{"type":"boolean"}"#, #"{"enum":[true,false,null]}"#),
        (#"{"required":["a","b"]}"#, #"{"required":["b"],"minProperties":2}"#),
        (#"{"properties":{"a":{"minimum":2}}}"#, #"{"properties":{"a":{"minimum":1},"b":true}}"#),
        (
            #"{"properties":{"a":{"type":"string"}},"additionalProperties":false}"#,
            #"{"properties":{"a":{"type":"string"},"b":{"type":"number"}},"additionalProperties":false}"#
        ),
        (
            #"{"properties":{"ab":{"type":"integer"}},"additionalProperties":{"type":"null"}}"#,
            #"{"patternProperties":{"^a":{"type":["integer","null"]}}}"#
        ),
        (#"{"patternProperties":{"^a":{"type":"integer"}}}"#, #"{"patternProperties":{"^a":{"type":"number"}}}"#),
        (#"{"items":{"type":"integer"},"minItems":2}"#, #"{"items":{"type":"number"},"minItems":1}"#),
        (#"{"prefixItems":[{"const":1}],"items":false}"#, #"{"items":{"type":"number"},"maxItems":1}"#),
        (#"{"contains":{"const":1}}"#, #"{"contains":{"type":"number"}}"#),
        (#"{"anyOf":[{"type":"string"},{"type":"null"}]}"#, #"{"type":["null","string"]}"#),
        (#"{"type":["null","string"],"minLength":1}"#, #"{"anyOf":[{"minLength":1,"type":"string"},{"type":"null"}]}"#),
        (#"{"oneOf":[{"minimum":5},{"type":"string"}]}"#, #"{"anyOf":[{"type":"string"},{"minimum":4}]}"#),
        (#"{"allOf":[{"minimum":1},{"maximum":2}]}"#, #"{"minimum":0,"maximum":3}"#),
        (#"{"type":"string"}"#, #"{"not":{"type":"number"}}"#),
        (#"{"not":{"type":["number","null"]}}"#, #"{"not":{"type":"null"}}"#),
        (#"{"oneOf":[{"minimum":5},{"maximum":9}]}"#, #"{"oneOf":[{"minimum":5.0},{"maximum":9}]}"#),
        (#"{"if":{"minimum":5},"then":{"maximum":9}}"#, #"{"if":{"minimum":5},"then":{"maximum":10}}"#),
        (
            #"{"type":"object","required":["k"],"properties":{"k":{"const":"a"}}}"#,
            #"""
            {"oneOf":[{"required":["k"],"properties":{"k":{"const":"a"}}},
            {"type":"object","required":["k"],"properties":{"k":{"const":"b"}}}]}
            """#
        ),
        (
            ##"{"$defs":{"n":{"properties":{"next":{"$ref":"#/$defs/n"},"v":{"minimum":2}}}},"$ref":"#/$defs/n"}"##,
            ##"{"properties":{"next":{"$ref":"#"},"v":{"minimum":1}}}"##
        ),
        (#"{"dependentRequired":{"a":["b"]}}"#, #"{"dependentRequired":{"a":["b"]}}"#),
    ]

    @Test(arguments: contained.indices)
    func `what follows from the rules is proven`(_ index: Int) throws {
        let (first, other) = Self.contained[index]
        let answer = try containment(first, other)
        #expect(answer.verdict == .yes, "\(first) in \(other): \(answer)")
        #expect(answer.breaking.isEmpty)
    }

    private static let broken: [(first: String, other: String, pointer: String, change: String)] = [
        ("true", #"{"type":"object"}"#, "", "type"),
        (#"{"type":"number"}"#, #"{"type":"integer"}"#, "", "type"),
        (#"{"properties":{"a":{"minimum":0}}}"#, #"{"properties":{"a":{"minimum":1}}}"#, "/properties/a", "minimum"),
        (#"{"maximum":5}"#, #"{"exclusiveMaximum":5}"#, "", "exclusiveMaximum"),
        (#"{"type":"number"}"#, #"{"multipleOf":1}"#, "", "multipleOf"),
        (#"{"maxLength":9}"#, #"{"maxLength":8}"#, "", "maxLength"),
        (#"{"type":"string"}"#, #"{"pattern":"^b"}"#, "", "pattern"),
        (#"{"type":"string"}"#, #"{"format":"date"}"#, "", "format"),
        (#"{"enum":[1,2,3]}"#, #"{"enum":[1,2]}"#, "", "enum"),
        (#"{"required":["a"]}"#, #"{"required":["a","b"]}"#, "", "required"),
        (
            #"{"properties":{"a":true}}"#, #"{"properties":{"a":true},"additionalProperties":false}"#,
            "", "additionalProperties"
        ),
        (
            #"{"properties":{"a":true,"b":true},"additionalProperties":false}"#,
            #"{"properties":{"a":true},"additionalProperties":false}"#, "", "additionalProperties"
        ),
        (#"{"type":"object"}"#, #"{"properties":{"a":{"type":"string"}}}"#, "/properties/a", "type"),
        (#"{"items":{"type":"number"}}"#, #"{"items":{"type":"integer"}}"#, "/items", "type"),
        (#"{"type":"array"}"#, #"{"minItems":1}"#, "", "minItems"),
        (#"{"type":"array"}"#, #"{"uniqueItems":true}"#, "", "uniqueItems"),
        (#"{"type":["string","null"]}"#, #"{"anyOf":[{"type":"string"}]}"#, "", "anyOf"),
        (#"{"type":"string"}"#, #"{"not":{"maxLength":3}}"#, "", "not"),
    ]

    @Test(arguments: broken.indices)
    func `what breaks is refuted by a value and told`(_ index: Int) throws {
        let (first, other, pointer, change) = Self.broken[index]
        let answer = try containment(first, other)
        #expect(answer.verdict == .no, "\(first) in \(other): \(answer)")
        let found = try #require(answer.breaking.first)
        #expect(found.pointer == pointer && found.change == change, "\(found)")
        #expect(!found.why.isEmpty)
        let witness = try #require(answer.witness)
        #expect(try schema(first).isValid(witness))
        #expect(try !schema(other).isValid(witness))
    }

    @Test func `a comparison that costs too much has no answer`() throws {
        var text = #"{"type":"string"}"#
        for level in 0..<12 {
            text = #"{"anyOf":[\#(text),{"minLength":\#(level)},{"allOf":[{"maxLength":\#(level)}]}]}"#
        }
        let other = text.replacing("minLength", with: "minItems")
        #expect(try containment(#"{"not":{"not":\#(text)}}"#, #"{"not":{"not":\#(other)}}"#).verdict != .no)
    }

    /// The pairs of `PairTests` that have another schema.
    @Test func `a yes is never refuted by a value or by another implementation`() throws {
        let path = try #require(
            ProcessInfo.processInfo.environment["NESTKV_JSON_SCHEMA_PAIRS"],
            "NESTKV_JSON_SCHEMA_PAIRS must name a file made by scripts/schema-pairs; scripts/test makes one")
        let data = try Data(contentsOf: URL(filePath: path))
        var counts: [String: Int] = [:]
        for line in data.split(separator: UInt8(ascii: "\n")) {
            let pair = try JSONText(parsing: Array(line))
            guard pair.contains([Array("other".utf8)]) else { continue }
            func part(_ name: String) throws -> JSONText { try #require(pair.slice(at: [Array(name.utf8)])) }
            let covers = try part("covers").description.replacing("\"", with: "")
            let (first, other) = try (CompiledSchema(part("schema")), CompiledSchema(part("other")))
            let answer = first.containment(in: other)
            counts["\(answer.verdict.rawValue), the other says \(covers)", default: 0] += 1
            #expect(answer.verdict != .yes || covers != "NO", "\(pair)")
            #expect(answer.verdict != .no || covers != "YES", "\(pair)")
            guard answer.verdict == .yes else { continue }
            for value in try part("values").elements.map({ JSONText(trusted: Array($0)) })
            where try first.isValid(value) {
                #expect(try other.isValid(value), "\(value) refutes it: \(pair)")
                counts["values", default: 0] += 1
            }
        }
        print("JSON Schema containment: \(counts.sorted { $0.key < $1.key })")
        #expect(counts["values", default: 0] > 1000)
    }
}
