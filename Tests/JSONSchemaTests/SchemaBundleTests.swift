import MicroJSON
import Testing

@testable import JSONSchema

/// Schemas with those that they refer to.
@Suite struct SchemaBundleTests {
    @Test func `a schema that refers to no other one stays as it is`() throws {
        let text = ##"{"$ref":"#/$defs/a","$defs":{"a":{"$schema":"x","type":"null"}}}"##
        #expect(throws: SchemaProblem.self) { try bundle(text) }
        for text in [##"{"$ref":"#/$defs/a","$defs":{"a":{"type":"null"}}}"##, "true"] {
            #expect(try bundle(text).description == text)
        }
    }

    @Test func `what a schema refers to becomes a definition, and nothing else is needed`() throws {
        let registered = [
            "https://example.com/a": #"{"$id":"https://example.com/a","type":"integer"}"#,
            "nestkv:b@2": ##"{"items":{"$ref":"#/$defs/c"},"$defs":{"c":{"type":"string"}}}"##,
            "nestkv:none@1": "false",
        ]
        let bundle = try bundle(
            ##"{"properties":{"a":{"$ref":"https://example.com/a"},"b":{"$ref":"nestkv:b@2"},"##
                + ##""c":{"$ref":"nestkv:b@2#/$defs/c"},"d":{"$ref":"nestkv:none@1"}}}"##, registered)
        let schema = try CompiledSchema(bundle)
        #expect(try schema.isValid(text(#"{"a":1,"b":["s"],"c":"s"}"#)))
        for value in [#"{"a":1.5}"#, #"{"b":[1]}"#, #"{"c":1}"#, #"{"d":1}"#] {
            #expect(try !schema.isValid(text(value)), "\(value)")
        }
        // It is bundled again without a change.
        #expect(try self.bundle(bundle.description) == bundle)
    }

    @Test func `a schema keeps its draft in a bundle of another draft`() throws {
        let registered = [
            "nestkv:old@1":
                #"{"$schema":"http://json-schema.org/draft-04/schema#","minimum":3,"exclusiveMinimum":true}"#,
            "nestkv:new@1": #"{"prefixItems":[{"type":"string"}]}"#,
        ]
        let bundle = try bundle(
            #"{"$schema":"http://json-schema.org/draft-07/schema#","properties":{"#
                + #""old":{"$ref":"nestkv:old@1"},"new":{"$ref":"nestkv:new@1"}}}"#, registered)
        #expect(bundle.slice(at: [Array("definitions".utf8)]) != nil)
        let schema = try CompiledSchema(bundle)
        #expect(try schema.isValid(text(#"{"old":4,"new":["s"]}"#)))
        #expect(try !schema.isValid(text(#"{"old":3}"#)))
        #expect(try !schema.isValid(text(#"{"new":[1]}"#)))
    }

    @Test func `every reference is checked, also one that no value reaches`() throws {
        let problem = try refusal(of: ##"{"$defs":{"a":{"not":{"$ref":"#/$defs/b"}}}}"##)
        #expect(problem.code == .unresolvableReference && problem.location == "/$defs/a/not/$ref")
        // 'enum' and 'const' contain values, not schemas.
        #expect(try bundle(##"{"enum":[{"$ref":"#/none"}],"const":{"$ref":"x"}}"##).utf8.count > 0)
    }

    @Test func `two different schemas with one URI can't be in one bundle`() throws {
        let registered = [
            "nestkv:a@1": #"{"properties":{"x":{"$id":"https://example.com/x","type":"string"}}}"#,
            "nestkv:a@2": #"{"properties":{"x":{"$id":"https://example.com/x","type":"number"}}}"#,
        ]
        let both = #"{"anyOf":[{"$ref":"nestkv:a@1"},{"$ref":"nestkv:a@2"}]}"#
        #expect(try refusal(of: both, registered).detail.contains("'https://example.com/x'"))
    }

    private func text(_ text: String) throws -> JSONText { try JSONText(parsing: Array(text.utf8)) }

    private func bundle(_ schema: String, _ registered: [String: String] = [:]) throws -> JSONText {
        let texts = try registered.mapValues { try text($0) }
        return try CompiledSchema.bundle(text(schema)) { texts[$0] }
    }

    private func refusal(of schema: String, _ registered: [String: String] = [:]) throws -> SchemaProblem {
        do {
            _ = try bundle(schema, registered)
        } catch let problem as SchemaProblem {
            return problem
        }
        throw NotRefused()
    }

    private struct NotRefused: Error {}
}
