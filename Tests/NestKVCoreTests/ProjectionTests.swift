import MicroJSON
import TestSupport
import Testing

@testable import NestKVCore
@testable import NestKVStorage

/// The law of projection: the tree is one document, however it is stored. Each member of what a path composes to is
/// what the member's own path composes to.
@Suite(.timeLimit(.minutes(2)))
struct ProjectionTests {
    private static let issue = [
        "e/d": #"{"a":{"b":{"x":1,"y":2}},"z":0}"#, "e/d/a": #"{"b":{"y":3}}"#, "e/d/a/b/w": "4",
    ]

    @Test(
        arguments: [
            (issue, "e/d", #"{"a":{"b":{"x":1,"y":3,"w":4}},"z":0}"#),
            (issue, "e/d/a", #"{"b":{"x":1,"y":3,"w":4}}"#),
            (issue, "e/d/a/b", #"{"x":1,"y":3,"w":4}"#),
            (issue, "e/d/a/b/x", "1"),
            (issue, "e/d/a/b/y", "3"),
            // A scalar or an array hides what the documents above have below its place.
            (["e": #"{"a":{"b":1}}"#, "e/a": "5"], "e/a/b", nil),
            (["e": #"{"a":{"b":{"c":1}}}"#, "e/a": #"{"b":[]}"#], "e/a/b/c", nil),
            (["e": #"{"a":{"b":1}}"#, "e/a": "5", "e/a/b": #"{"c":2}"#], "e/a/b", #"{"c":2}"#),
            // `_value` names a scalar or an array.
            (["e": #"{"x":{"y":1}}"#, "e/x/y/z": "5"], "e/x/y/_value", "1"),
            (["e/a": "[1,2]", "e/a/z": "5"], "e/a/_value", "[1,2]"),
            (["e/a": "[1,2]", "e/a/z": "5"], "e/a/_value/1", "2"),
            (["e/a": "1", "e/a/_value": "2"], "e/a/_value", "2"),
            (["e/a": "1", "e/a/_value/b": "2"], "e/a/_value", #"{"b":2}"#),
            (["e/a": "1"], "e/a/_value/_value", nil),
            (["e": #"{"a":1}"#, "e/a": #"{"b":2}"#], "e/a/_value", nil),
            // An element is not merged with leaves at or below its index.
            (["e/a": #"[{"x":1}]"#], "e/a/0/x", "1"),
            (["e/a": #"[{"x":1}]"#, "e/a/0/y": "2"], "e/a/0", #"{"y":2}"#),
            (["e/a": #"[{"x":1}]"#, "e/a/0": #"{"y":2}"#], "e/a/0/x", nil),
            (["e": #"{"a":[7]}"#, "e/a": #"{"b":2}"#], "e/a/0", nil),
        ] as [([String: String], String, String?)])
    func `a path composes to the member that its parent composes to`(
        _ leaves: [String: String], _ path: String, _ expected: String?
    ) {
        let node = node(path, in: leaves.map { record($0.key, $0.value) })
        #expect((node.exists ? node.composed().description : nil) == expected)
    }

    @Test(arguments: [
        (issue, "e/d/a/b/x", "9", ["e/d": #"{"a":{"b":{"x":9,"y":2}},"z":0}"#, "e/d/a": #"{"b":{"y":3}}"#]),
        (issue, "e/d/a/b", "9", ["e/d": #"{"a":{"b":{"x":1,"y":2}},"z":0}"#, "e/d/a": #"{"b":9}"#]),
        (issue, "e/d/a/b", "{}", ["e/d": #"{"a":{},"z":0}"#, "e/d/a": #"{"b":{}}"#]),
        (issue, "e/d/a", #"{"n":1}"#, ["e/d": #"{"z":0}"#, "e/d/a": #"{"n":1}"#]),
        (
            ["e": #"{"a":{"b":1}}"#, "e/a": "5"], "e/a", #"{"c":2}"#,
            ["e": "{}", "e/a": #"{"c":2}"#]
        ),
        (["e/a": "1"], "e/a/_value", "2", ["e/a": "1", "e/a/_value": "2"]),
        (["e/a": "[1,2]"], "e/a/_value/0", "3", ["e/a": "[3,2]"]),
        (["e/a": #"[{"x":1}]"#, "e/a/0/y": "2"], "e/a/0", "3", ["e/a": #"[{"x":1}]"#, "e/a/0": "3"]),
    ])
    func `a PUT writes into the deepest document and lets nothing of the others show`(
        _ leaves: [String: String], _ path: String, _ value: String, _ expected: [String: String]
    ) {
        let records = leaves.map { record($0.key, $0.value) }
        let after = applying(node(path, in: records).edits(putting: text(value)), to: records)
        #expect(Self.contents(after).filter { $0.key != "/e/d/a/b/w" } == Self.named(expected))
    }

    @Test(arguments: [
        (issue, "e/d/a/b/x", ["e/d": #"{"a":{"b":{"y":2}},"z":0}"#, "e/d/a": #"{"b":{"y":3}}"#, "e/d/a/b/w": "4"]),
        (issue, "e/d/a/b", ["e/d": #"{"a":{},"z":0}"#, "e/d/a": "{}"]),
        (["e/a": "1", "e/a/z": "5"], "e/a/_value", ["e/a/z": "5"]),
        (["e": #"{"x":{"y":1}}"#, "e/x/y/z": "5"], "e/x/y/_value", ["e": #"{"x":{}}"#, "e/x/y/z": "5"]),
        (["e": #"{"a":{"b":1}}"#, "e/a": "5", "e/a/z": "6"], "e/a/_value", ["e": "{}", "e/a/z": "6"]),
        (["e/a": "[1,2]", "e/a/z": "5"], "e/a/_value/0", ["e/a": "[2]", "e/a/z": "5"]),
    ])
    func `a DELETE removes the path from all leaves`(
        _ leaves: [String: String], _ path: String, _ expected: [String: String]
    ) {
        let records = leaves.map { record($0.key, $0.value) }
        #expect(Self.contents(applying(node(path, in: records).editsDeleting(), to: records)) == Self.named(expected))
    }

    @Test(arguments: [
        (
            issue, #"{"b":{"x":9}}"#,
            ["e/d": #"{"a":{"b":{"x":9,"y":2}},"z":0}"#, "e/d/a": #"{"b":{"y":3}}"#, "e/d/a/b/w": "4"]
        ),
        (
            issue, #"{"b":{"x":null,"v":5}}"#,
            ["e/d": #"{"a":{"b":{"y":2}},"z":0}"#, "e/d/a": #"{"b":{"y":3,"v":5}}"#, "e/d/a/b/w": "4"]
        ),
        (
            ["e/d": #"{"a":7}"#, "e/d/a": "5", "e/d/a/z": "1"], #"{"_value":null}"#,
            ["e/d": "{}", "e/d/a/z": "1"]
        ),
    ])
    func `a patch changes only the documents that have the changed members`(
        _ leaves: [String: String], _ patch: String, _ expected: [String: String]
    ) {
        let records = leaves.map { record($0.key, $0.value) }
        let node = node("e/d/a", in: records)
        let target = JSONValue(node.composed()).mergePatched(with: json(patch))
        let edits = node.edits(patching: target, keys: PathKeyService())
        #expect(Self.contents(applying(edits, to: records)) == Self.named(expected))
    }

    @Test func `all documents that are merged make up the tag, and the version is that of a single one`() {
        let leaves = [
            record("e", #"{"a":{"x":1}}"#), record("e/a", #"{"x":2,"y":3}"#, version: 7, revision: 2),
        ]
        let merged = node("e/a", in: leaves)
        #expect(merged.version == nil && merged.soleRecord == nil && merged.etag.opaque.hasPrefix("c-"))
        let other = [record("e", #"{"a":{"x":1}}"#, revision: 3), leaves[1]]
        #expect(node("e/a", in: other).etag != merged.etag)
        // `x` of the upper document is hidden.
        #expect(node("e/a/x", in: leaves).version == 7 && node("e/a/x", in: leaves).etag == leaves[1].etag)
        #expect(node("e/a/x", in: other).etag == leaves[1].etag)
        let scalar = [leaves[0], record("e/a", "5", revision: 2)]
        #expect(node("e/a", in: scalar).etag == scalar[1].etag)
    }

    @Test func `each member of a random tree is what its own path composes to, also after writes`() throws {
        var random = SeededGenerator(seed: 21)
        for _ in 0..<3000 {
            var leaves: [String: String] = [:]
            for _ in 0..<random.below(6) { leaves[RandomJSON.path(using: &random)] = RandomJSON.value(using: &random) }
            var records = leaves.enumerated().map { record($1.key, $1.value, revision: Revision($0 + 1)) }
            Self.expectLaw(records, "at first")
            for _ in 0..<3 {
                let before = records
                let step = Self.step(&records, &random)
                let context = "\(Self.contents(before)), \(step)"
                Self.expectLaw(records, context)
                let stray = Projection.strayChange(
                    from: Self.value("e", in: before), to: Self.value("e", in: records), at: step.path)
                #expect(stray == nil, "\(context)")
            }
        }
    }

    /// One random write, applied to the leaves.
    private static func step(
        _ records: inout [Record], _ random: inout SeededGenerator
    ) -> (name: String, path: [String], value: String?) {
        let path = RandomJSON.path(using: &random)
        let names = path.split(separator: "/").dropFirst().map(String.init)
        let node = node(path, in: records)
        let value = RandomJSON.value(using: &random)
        let isElement = records.contains { leaf in
            leaf.key.isAncestor(of: node.key)
                && Projection.entersArray(Array(names.dropFirst(leaf.key.depth - 1)), of: JSONValue(leaf.value))
        }
        switch random.below(3) {
        case 0:
            records = applying(node.edits(putting: text(value)), to: records)
            let root = Self.value("e", in: records)
            #expect(Self.value(path, in: records) == json(value), "PUT \(path) \(value)")
            let isThere = Projection.member(names, of: root) == json(value)
            #expect(isThere || isElement, "PUT \(path) \(value): \(contents(records))")
            return ("PUT", names, value)
        case 1:
            records = applying(node.editsDeleting(), to: records)
            #expect(
                isElement || !NestKVCoreTests.node(path, in: records).exists, "DELETE \(path): \(contents(records))")
            return ("DELETE", names, nil)
        default:
            let target = (Self.value(path, in: records) ?? .null).mergePatched(with: json(value))
            records = applying(node.edits(patching: target, keys: PathKeyService()), to: records)
            #expect(Self.value(path, in: records) == target, "PATCH \(path) \(value): \(contents(records))")
            return ("PATCH", names, value)
        }
    }

    private static func expectLaw(_ records: [Record], _ context: String) {
        for (path, value) in Projection.members(of: Self.value("e", in: records)) {
            let found = Self.value((["e"] + path).joined(separator: "/"), in: records)
            #expect(
                found == value, "\(path) is \(found?.text.description ?? "absent") of \(contents(records)), \(context)")
        }
    }

    private static func value(_ path: String, in records: [Record]) -> JSONValue? {
        let node = node(path, in: records)
        return node.exists ? JSONValue(node.composed()) : nil
    }

    private static func contents(_ records: [Record]) -> [String: String] {
        Dictionary(uniqueKeysWithValues: records.map { ($0.key.description, $0.value.description) })
    }

    private static func named(_ leaves: [String: String]) -> [String: String] {
        Dictionary(uniqueKeysWithValues: leaves.map { ("/\($0.key)", $0.value) })
    }
}
