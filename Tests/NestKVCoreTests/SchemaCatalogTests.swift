import MicroJSON
import TestSupport
import Testing

@testable import NestKVCore
@testable import NestKVStorage

/// The catalog of schemas, from the records that a store hands to it.
@Suite struct SchemaCatalogTests {
    private let catalog = SchemaCatalog()

    @Test func `an empty catalog is not used, and any record makes it used`() {
        #expect(!catalog.isUsed && !catalog.mayBind(key("e/a")))
        let before = catalog.snapshot.generation
        take("user", #"{"type":"object"}"#)
        #expect(catalog.isUsed && catalog.snapshot.generation > before)
        #expect(!catalog.mayBind(key("e/a")), "no binding is there")
        bind("b", #"{"match":"/e/+","schema":"user"}"#)
        #expect(catalog.snapshot.bindings.count == 1 && catalog.mayBind(key("e/a")))
        #expect(!catalog.mayBind(key("f/a")) && !catalog.mayBind(key("eg/a")))
        bind("b", #"{"match":"/+/x","schema":"user"}"#, revision: 3)
        #expect(catalog.snapshot.bindings.count == 1 && catalog.mayBind(key("f/a")))
    }

    @Test func `the leaf of a hash counts only if it holds what has the hash`() throws {
        let text = #"{"type":"object"}"#
        let hash = CanonicalHashing().hash(of: JSONText(trusted: Array(text.utf8))).description
        take(hash, #"{"type":"array"}"#, tags: ["user@1"])
        #expect(throws: StoreError.self) { try catalog.hash(of: hash) }
        #expect(throws: StoreError.self) { try catalog.hash(of: "user@1") }
        take(hash, text, tags: ["user@1", "user@3", "nonsense@"], revision: 2)
        for reference in [hash, "user@1", "user@3"] { #expect(try catalog.hash(of: reference) == hash) }
        for reference in ["user", "user@2", "user@03", "", "@", "a b", "sha256:x"] {
            #expect(throws: StoreError.self, "\(reference)") { try catalog.hash(of: reference) }
        }
    }

    @Test func `a name leads to its newest version, whatever the order of records`() throws {
        take("user", #"{"minimum":2}"#, version: 2, revision: 20)
        take("user", #"{"minimum":1}"#, version: 1, revision: 10)
        #expect(try catalog.hash(of: "user") == catalog.hash(of: "user@2"))
        #expect(catalog.allNames.map(\.version) == [2])
        catalog.take(schemaRecord("user", nil, version: 3, revision: 30))
        #expect(throws: StoreError.self) { try catalog.hash(of: "user") }
    }

    @Test func `what is not a binding is left out`() {
        take("user", "true")
        for (id, text) in [
            ("a", "1"), ("b", "{}"), ("c", #"{"match":"/e","schema":"a b"}"#), ("d", #"{"match":"e","schema":"user"}"#),
            ("e", #"{"match":"/e","schema":"user","mode":"hard"}"#), ("f", #"{"match":"/_x","schema":"user"}"#),
        ] { bind(id, text) }
        #expect(catalog.allBindings.isEmpty)
        bind("g", #"{"match":"/e","schema":"other"}"#)
        #expect(catalog.allBindings.map(\.id) == ["g"] && catalog.hash(of: catalog.allBindings[0]) == nil)
    }

    @Test(arguments: [
        ("e/a/v", "1"), ("e/b/v", "2"), ("e/a/x", "1"), ("e/b", "3"), ("e", nil), ("e/a/v/w", nil), ("f/a/v", "4"),
        ("f/a", nil),
    ])
    func `at the first difference a name is preferred`(_ path: String, _ id: String?) {
        take("user", "true")
        for (id, match) in [("1", "/e/a/+"), ("2", "/e/+/v"), ("3", "/e/+"), ("4", "/+/a/v"), ("5", "/e/+/v")] {
            bind(id, #"{"match":"\#(match)","schema":"user"}"#)
        }
        #expect(catalog.snapshot.index.binding(of: key(path))?.binding.id == id)
    }

    private func take(
        _ name: String, _ text: String, tags: [String] = [], version: UInt64 = 1, revision: Revision = 1
    ) {
        catalog.take(schemaRecord(name, text, tags: tags, version: version, revision: revision))
    }

    private func bind(_ id: String, _ text: String, revision: Revision = 1) {
        catalog.take(schemaRecord("_bindings/\(id)", text, revision: revision))
    }
}
