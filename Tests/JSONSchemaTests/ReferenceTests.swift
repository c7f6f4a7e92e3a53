import MicroJSON
import Testing

@testable import JSONSchema

@Suite struct ReferenceTests {
    @Test func `a reference leads to a registered schema, and its own references to others`() throws {
        let schema = try schema(
            #"{"$ref":"nestkv:user@2"}"#,
            [
                "nestkv:user@2": #"{"properties":{"address":{"$ref":"https://example.com/address"}}}"#,
                "https://example.com/address": #"{"required":["city"],"properties":{"city":{"type":"string"}}}"#,
            ])
        #expect(try schema.accepts(#"{"address":{"city":"Rome"}}"#))
        let errors = try schema.errors(in: JSONText(parsing: #"{"address":{"city":1}}"#))
        #expect(errors.map(\.instanceLocation) == ["/address/city"])
        #expect(errors.map(\.keywordLocation) == ["/$ref/properties/address/$ref/properties/city/type"])
        #expect(errors.map(\.detail) == ["The value is the number 1; it must be a string."])
    }

    @Test func `a reference that leads nowhere is refused with its place`() throws {
        let remote = try refusal(of: #"{"properties":{"a":{"$ref":"other.json#/x"}}}"#)
        #expect(remote.code == .unresolvableReference)
        #expect(remote.location == "/properties/a/$ref")
        #expect(remote.detail.contains("no schema is registered"))
        #expect(try refusal(of: ##"{"$ref":"#/$defs/a"}"##).detail.contains("doesn't exist"))
        #expect(try refusal(of: ##"{"$ref":"#a"}"##).detail.contains("an anchor that doesn't exist"))
        #expect(try refusal(of: #"{"$schema":"https://example.com/unknown"}"#).code == .unresolvableReference)
    }

    @Test func `a schema that applies itself to the same value is refused`() throws {
        #expect(try refusal(of: ##"{"$ref":"#"}"##).code == .tooCostly)
        let circle = ##"{"a":{"anyOf":[{"$ref":"#/$defs/b"}]},"b":{"not":{"$ref":"#/$defs/a"}}}"##
        #expect(try refusal(of: ##"{"$defs":\##(circle),"$ref":"#/$defs/a"}"##).code == .tooCostly)
        #expect(try schema(##"{"properties":{"a":{"$ref":"#"}}}"##).accepts(#"{"a":{"a":{}}}"#))
    }

    @Test func `a schema that breaks its meta-schema is refused with the rules`() throws {
        let problem = try refusal(of: #"{"properties":{"a":{"type":"strin","minLength":-1}}}"#)
        #expect(problem.code == .invalidSchema)
        #expect(problem.violations.map(\.instanceLocation).contains("/properties/a/minLength"))
        #expect(problem.violations.contains { $0.detail.contains("Did you mean \"string\"?") })
    }

    @Test func `the meta-schemas of all drafts accept themselves`() throws {
        for draft in SchemaDraft.allCases {
            let text = try #require(MetaSchemas.text(of: draft.uri))
            #expect(try CompiledSchema(checking: text).errors(in: text).isEmpty, "\(draft)")
        }
    }

    @Test func `a format that isn't known is refused, unless formats are only annotations`() throws {
        #expect(try refusal(of: #"{"format":"colour"}"#).detail.contains("known: date-time"))
        var options = SchemaOptions()
        options.formats = .annotated
        #expect(try schema(#"{"format":"colour"}"#, options: options).accepts("1"))
        #expect(try schema(#"{"format":"date"}"#, options: options).accepts("\"no date\""))
        #expect(try !schema(#"{"format":"date"}"#).accepts("\"no date\""))
    }
}
