import NestKVStorage
import Testing

/// Attributions as stores write them.
@Suite struct AttributionTests {
    private static let names = AttributionNames(modifiedBy: "by", comment: "comment", schemaHash: "schema")

    @Test func `an attribution is read back, with the names that a store uses`() {
        let full = Attribution(modifiedBy: "a\"ä", comment: "c\nd", tags: ["x", "y"], schemaHash: "s")
        let text = String(decoding: full.json(Self.names), as: UTF8.self)
        #expect(text == #"{"by":"a\"ä","comment":"c\nd","schema":"s","tags":["x","y"]}"#)
        #expect(Attribution(json: text.utf8, Self.names) == full)
        #expect(Attribution(json: Attribution.none.json(Self.names), Self.names).isEmpty)
    }

    @Test(arguments: ["", "-", "[]", "{", #"{"by":1,"tags":"x"}"#])
    func `what can't be read is left out`(_ text: String) {
        #expect(Attribution(json: text.utf8, Self.names).isEmpty)
    }
}
