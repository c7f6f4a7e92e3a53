import MicroJSON
import Testing

@testable import JSONSchema

@Suite struct BudgetTests {
    private func exceeded(
        _ text: String, by value: String, _ change: (inout SchemaLimits) -> Void = { _ in }
    ) throws -> BudgetExceeded {
        var options = SchemaOptions()
        change(&options.limits)
        let schema = try schema(text, options: options)
        let value = try JSONText(parsing: value, limits: JSONLimits(maximumDepth: 100_000))
        _ = try #require(throws: BudgetExceeded.self) { _ = try schema.errors(in: value) }
        return try #require(throws: BudgetExceeded.self) { _ = try schema.isValid(value) }
    }

    @Test func `a tower of branches needs too many steps`() throws {
        var text = #"{"type":"string"}"#
        for _ in 0..<30 { text = #"{"anyOf":[\#(text),{"allOf":[\#(text.utf8.count < 100_000 ? text : "true")]}]}"# }
        #expect(try exceeded(#"{"not":\#(text)}"#, by: "1") { $0.maximumSteps = 1000 }.budget == .steps)
    }

    @Test func `a search that takes too long is no match, not even for 'not'`() throws {
        let value = "\"\(String(repeating: "a", count: 40))!\""
        let error = try exceeded(#"{"not":{"pattern":"^(a+)+$"}}"#, by: value)
        #expect(error.budget == .patternSteps)
        #expect(error.detail.contains("100000"))
    }

    @Test func `many slow searches take too long together`() throws {
        let value = "\"\(String(repeating: "a", count: 18))!\""
        let error = try exceeded(
            #"{"items":{"not":{"pattern":"^(a|aa)+$"}}}"#,
            by: "[\(repeatElement(value, count: 2000).joined(separator: ","))]"
        ) { $0.maximumPatternTime = .microseconds(1) }
        #expect(error.budget == .patternTime)
    }

    @Test func `a deep value needs too many levels`() throws {
        let value = String(repeating: "[", count: 5000) + String(repeating: "]", count: 5000)
        #expect(try exceeded(##"{"items":{"$ref":"#"}}"##, by: value).budget == .depth)
    }

    @Test func `a value of as many levels as a document may have is validated`() throws {
        let schema = try schema(##"{"allOf":[{"items":{"$ref":"#"}}],"uniqueItems":true}"##)
        #expect(try schema.accepts(String(repeating: "[", count: 512) + String(repeating: "]", count: 512)))
    }

    @Test func `schemas that are too large are refused with their sizes`() throws {
        var options = SchemaOptions()
        options.limits.maximumBytes = 100
        let large = #"{"description":"\#(String(repeating: "x", count: 100))"}"#
        #expect(try refusal(of: large, options: options).detail == "The schema has 118 bytes, the most are 100.")
        options = SchemaOptions()
        options.limits.maximumSubschemas = 3
        #expect(try refusal(of: #"{"allOf":[{},{},{}]}"#, options: options).detail.contains("more than 3 subschemas"))
        options = SchemaOptions()
        options.limits.maximumLevels = 5
        #expect(try refusal(of: #"{"not":{"not":{"not":{"not":{"not":{}}}}}}"#, options: options).code == .tooCostly)
        options = SchemaOptions()
        options.limits.maximumBundleBytes = 80
        let other = ["a:b": #"{"description":"\#(String(repeating: "x", count: 100))"}"#]
        #expect(try refusal(of: #"{"$ref":"a:b"}"#, options: options, other).code == .tooCostly)
    }

    @Test func `unique elements are not compared pair by pair`() throws {
        let schema = try schema(#"{"uniqueItems":true}"#)
        let elements = (0..<200_000).map { "{\"a\":\($0)}" }
        #expect(try schema.accepts("[\(elements.joined(separator: ","))]"))
        #expect(try !schema.accepts("[\((elements + elements.suffix(1)).joined(separator: ","))]"))
    }
}
