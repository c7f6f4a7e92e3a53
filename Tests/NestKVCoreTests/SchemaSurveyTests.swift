import JSONSchema
import Logging
import MemoryDriver
import MicroJSON
import TestSupport
import Testing

@testable import NestKVCore
@testable import NestKVStorage

/// The walk that finds the stored values of bound paths.
@Suite(.timeLimit(.minutes(1)))
struct SchemaSurveyTests {
    private static let schemas = [
        "false", #"{"type":"object"}"#, #"{"type":"integer","maximum":4}"#, #"{"required":["a"]}"#,
        #"{"type":"object","maxProperties":1}"#,
    ]
    private static let matches = ["/e/+", "/e/+/+", "/e/a/b", "/+/b/+/c", "/e/c/d/e", "/e"]

    /// The values that a survey examines are those that reads of the bound paths return, however they are stored.
    @Test func `each value of a bound path is examined once`() async throws {
        var random = SeededGenerator(seed: 11)
        var examined = 0
        for _ in 0..<400 {
            let store = try await TransactionTests.store()
            for _ in 0..<(1 + random.below(8)) { try await Self.write(to: store, &random) }
            let leaves = try await Self.leaves(store)
            let bound = Self.index(Self.matches.filter { _ in random.below(2) == 0 })
            let chosen = Set(Self.matches.filter { _ in random.below(3) > 0 })
            for schemaText in Self.schemas {
                let schema = try CompiledSchema(text(schemaText))
                var survey = SchemaSurvey(store, bound, bindings: chosen, schema, errorLimit: 4)
                try await survey.examineAll()
                let values = try await Self.values(in: store, bound, chosen)
                let invalid = try values.filter { try !schema.isValid($0.value) }
                #expect(survey.found.examined == values.count, "\(leaves) \(chosen)")
                #expect(
                    survey.found.invalid == invalid.count, "\(leaves) \(chosen) \(schemaText)")
                let paths = Set(survey.found.examples.map(\.path))
                #expect(paths.isSubset(of: invalid.keys) && paths.count == min(10, invalid.count))
                examined += values.count
            }
        }
        #expect(examined > 2000)
    }

    /// A survey of an empty store that looks at the changes after it must find what was written since.
    @Test func `what changes have left is examined`() async throws {
        var random = SeededGenerator(seed: 12)
        var found = 0
        for _ in 0..<400 {
            let store = try await TransactionTests.store()
            let bound = Self.index(Self.matches.filter { _ in random.below(3) > 0 })
            let schema = try CompiledSchema(text(#"{"required":["a"],"type":"object"}"#))
            var survey = SchemaSurvey(store, bound, bindings: Set(Self.matches), schema, errorLimit: 4)
            try await survey.examineAll()
            for _ in 0..<(1 + random.below(8)) { try await Self.write(to: store, &random) }
            try await survey.examineChanges()
            let leaves = try await Self.leaves(store)
            let values = try await Self.values(in: store, bound, Set(Self.matches))
            let invalid = try values.filter { try !schema.isValid($0.value) }
            #expect(survey.found.examined == values.count, "\(leaves)")
            #expect(survey.found.invalid == invalid.count, "\(leaves)")
            found += invalid.count
            try await survey.examineChanges()
            #expect(survey.found.examined == values.count, "nothing has changed since")
        }
        #expect(found > 500)
    }

    private static func index(_ matches: [String]) -> BindingIndex {
        let schema = RegisteredSchema(hash: "sha256:0", text: text("true"), options: SchemaOptions())
        return BindingIndex(
            matches.compactMap { match in
                let binding = try? SchemaBinding(
                    id: match, path: match, schema: .newest("s"), mode: .enforce, description: nil, PathKeyService())
                return binding.map { BoundSchema(binding: $0, expected: ExpectedSchema(schema: schema, name: nil)) }
            })
    }

    /// Writes a random value at a random path, in one leaf or in several.
    private static func write(to store: KeyValueStore, _ random: inout SeededGenerator) async throws {
        let names = ["a", "b", "c", "d"]
        let path = "e" + (0..<random.below(4)).map { _ in "/" + random.pick(names) }.joined()
        var options = WriteOptions()
        if random.below(3) == 0 { options.view = .leaf }
        let operation: any WriteOperation =
            switch random.below(6) {
            case 0: Delete()
            case 1: PutFlattened(text(value(&random, 3)), depth: 1 + random.below(3))
            default: Put(text(value(&random, 3)))
            }
        do throws(StoreError) {
            _ = try await store.write(operation, at: key(path), options)
        } catch {
            guard error.code == .notFound || error.code == .notApplicable else { throw error }
        }
    }

    private static func value(_ random: inout SeededGenerator, _ depth: Int) -> String {
        switch depth == 0 ? 0 : random.below(8) {
        case 0, 1: return "\(random.below(9))"
        case 2: return "[\(value(&random, depth - 1)),\(value(&random, depth - 1))]"
        default:
            let names = ["a", "b", "c", "d"].filter { _ in random.below(2) == 0 }
            return "{" + names.map { #""\#($0)":\#(value(&random, depth - 1))"# }.joined(separator: ",") + "}"
        }
    }

    /// The values of bound paths, found in the value of everything.
    private static func values(
        in store: KeyValueStore, _ index: BindingIndex, _ chosen: Set<String>
    ) async throws -> [Key: JSONText] {
        var values: [Key: JSONText] = [:]
        func add(_ text: JSONText, at path: Key, _ position: BindingIndex.Position) {
            guard !position.isEmpty else { return }
            if let bound = position.bound, chosen.contains(bound.binding.id) { values[path] = text }
            for member in text.members where member.name != Array("_value".utf8) {
                add(member.value, at: path.appending(member.name), position.entering(member.name))
            }
            // The elements of an array that has leaves below it.
            let list = text.kind == .object ? text.slice(at: [Array("_value".utf8)]) ?? text : text
            for (index, element) in list.elements.enumerated() {
                let name = Array(String(index).utf8)
                add(JSONText(trusted: Array(element)), at: path.appending(name), position.entering(name))
            }
        }
        let node = try await store.get(key("e"), .tree)
        guard node.exists else { return [:] }
        add(node.composed(), at: key("e"), BindingIndex.Position(index).entering(Array("e".utf8)))
        return values
    }

    private static func leaves(_ store: KeyValueStore) async throws -> String {
        try await store.scan(.root, after: nil, limit: 1000).records.map { "\($0.key)=\($0.value)" }.joined(
            separator: " ")
    }
}
