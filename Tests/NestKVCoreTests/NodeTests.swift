import MicroJSON
import TestSupport
import Testing

@testable import NestKVCore
@testable import NestKVStorage

/// The value of a path and the edits of a write, as pure data.
@Suite(.timeLimit(.minutes(1)))
struct NodeTests {
    @Test(arguments: [
        (["e/a": #"{"key":"value"}"#, "e/a/sub": "[1,2,3]"], "e/a", #"{"key":"value","sub":[1,2,3]}"#),
        (["e/a": "[1.0]", "e/a/b": "2"], "e/a", #"{"_value":[1.0],"b":2}"#),
        (["e/a/b": "1", "e/a/a/x": "2", "e/a/B": "3"], "e/a", #"{"B":3,"a":{"x":2},"b":1}"#),
        (
            ["e": #"{"o":{"p":1e0,"q":2},"z":0}"#, "e/o": #"{"q":3}"#, "e/o/r": "4"], "e",
            #"{"o":{"p":1e0,"q":3,"r":4},"z":0}"#
        ),
        (["e": #"{"x":1}"#, "e/x/y": "2"], "e", #"{"x":{"_value":1,"y":2}}"#),
        (["e": #"{"x":1}"#, "e/x": #"{"y":2}"#], "e", #"{"x":{"y":2}}"#),
        (["e": #"{"x":{"q":1}}"#, "e/x": "2", "e/x/y": "3"], "e", #"{"x":{"_value":2,"y":3}}"#),
        (["e": "1", "e/_value/y": "2"], "e", #"{"_value":{"y":2}}"#),
        (["e": #"{"a":[{"b":7}]}"#], "e/a/0/b", "7"),
        (["e": #"{"a":{"b":1}}"#, "e/a": #"{"b":2}"#], "e/a/b", "2"),
        (["e/a\"b": "1"], "e", #"{"a\"b":1}"#),
    ])
    func `values are composed`(_ leaves: [String: String], _ path: String, _ expected: String) {
        let records = leaves.map { record($0.key, $0.value) }
        #expect(node(path, in: records).composed().description == expected)
    }

    @Test func `a path for which no leaf answers doesn't exist`() {
        let leaves = [record("e/a", #"{"x":1}"#)]
        #expect(!node("e/a/y", in: leaves).exists && !node("e/b", in: leaves).exists && !node("f", in: leaves).exists)
        #expect(!node("e/a/x", in: leaves, isLeafOnly: true).exists)
        #expect(node("e", in: leaves).exists && node("e/a/x", in: leaves).exists)
        #expect(!node("e/d", in: [record("e/d", nil)]).exists)
    }

    @Test func `the tag of a composed value changes with each of its leaves, and with no other leaf`() {
        let leaves = [record("e/a/x", "1"), record("e/a/y", "2")]
        let tag = node("e/a", in: leaves).etag
        #expect(node("e/a", in: leaves + [record("e/b", "3", revision: 9)]).etag == tag)
        #expect(node("e/a", in: [leaves[0], record("e/a/y", "2", revision: 2)]).etag != tag)
        #expect(node("e/a", in: [leaves[0]]).etag != tag)
        #expect(node("e/a", in: leaves + [record("e/a/z", "0")]).etag != tag)
        #expect(node("e/a", in: leaves + [record("e/a", "0")]).etag != tag)
    }

    @Test func `after a PUT's edits the path composes to exactly what was put, and nothing else has changed`() {
        for (leaves, path, random) in Self.states(seed: 11) {
            var random = random
            let value = RandomJSON.value(using: &random)
            let node = node(path, in: leaves)
            let after = applying(node.edits(putting: text(value)), to: leaves)
            Self.expect(path, in: after, toBe: text(value), after: leaves)
        }
    }

    @Test func `after a flattened PUT's edits the path composes to an equal value`() throws {
        for (leaves, path, random) in Self.states(seed: 12) {
            var random = random
            let value = text(RandomJSON.value(using: &random))
            let node = node(path, in: leaves)
            if node.owningDocument != nil { continue }
            let depth = random.below(2) == 0 ? .max : 1 + random.below(2)
            let new = try value.flattened(at: key(path), depth: depth, keys: PathKeyService(), maximumLeaves: 1000)
            let after = applying(node.edits(putting: new), to: leaves)
            Self.expect(path, in: after, toBe: value, after: leaves)
            #expect(NestKVCoreTests.node(path, in: after).below.count + 1 >= new.count)
        }
    }

    @Test func `after a DELETE's edits no leaf holds anything of the path, but for what an array moved there`() {
        for (leaves, path, _) in Self.states(seed: 13) {
            let after = applying(node(path, in: leaves).editsDeleting(), to: leaves)
            let rest = node(path, in: after)
            #expect(rest.below.isEmpty && rest.records.leaf == nil)
            for record in after where record.key.isAncestor(of: key(path)) {
                guard record.value.slice(at: key(path).segments(below: record.key)) != nil else { continue }
                let before = leaves.first { $0.key == record.key }
                #expect(before.map { $0.value.utf8.count > record.value.utf8.count } ?? false)
            }
        }
    }

    @Test func `after a patch's edits the path composes to exactly the target`() {
        for (leaves, path, random) in Self.states(seed: 14) {
            var random = random
            let before = node(path, in: leaves)
            let value = before.exists ? JSONValue(before.composed()) : .null
            let change = JSONValue(text(RandomJSON.value(using: &random)))
            let target = random.below(3) == 0 ? change : value.mergePatched(with: change)
            let edits = before.edits(patching: target, keys: PathKeyService())
            #expect(Set(edits.map(\.key)).count == edits.count, "a leaf is changed twice")
            Self.expect(path, in: applying(edits, to: leaves), toBe: target.text, after: leaves)
        }
    }

    @Test func `a patch that changes nothing rewrites the one leaf that answers, or none`() {
        for (leaves, path, _) in Self.states(seed: 15) where node(path, in: leaves).exists {
            let node = node(path, in: leaves)
            let edits = node.edits(patching: JSONValue(node.composed()), keys: PathKeyService())
            let isOwnerAlone = edits.map(\.key) == (node.owningRecord.map { [$0.key] } ?? [])
            let shownLeaves = leaves.map { "\($0.key)=\($0.value)" }
            let shownEdits = edits.map { "\($0.key)=\($0.value, default: "-")" }
            #expect(
                isOwnerAlone && edits.allSatisfy { $0.value == $0.replacing?.value },
                "\(path) of \(shownLeaves): \(shownEdits)")
        }
    }

    /// Trees of a few related leaves, each with a path in it.
    private static func states(seed: UInt64) -> [(leaves: [Record], path: String, random: SeededGenerator)] {
        var random = SeededGenerator(seed: seed)
        return (0..<3000).map { _ in
            var leaves: [String: String] = [:]
            for _ in 0..<random.below(5) { leaves[RandomJSON.path(using: &random)] = RandomJSON.value(using: &random) }
            let records = leaves.enumerated().map { record($1.key, $1.value, revision: Revision($0 + 1)) }
            return (records, RandomJSON.path(using: &random), SeededGenerator(seed: random.next()))
        }
    }

    private static func expect(_ path: String, in leaves: [Record], toBe value: JSONText, after before: [Record]) {
        let node = NestKVCoreTests.node(path, in: leaves)
        #expect(
            node.exists && JSONValue(node.composed()) == JSONValue(value),
            "\(path) is \(node.composed()), not \(value); before: \(before.map { "\($0.key)=\($0.value)" })")
        for record in before where !node.key.contains(record.key) && !record.key.isAncestor(of: node.key) {
            #expect(leaves.contains { $0 === record }, "\(record.key) was touched")
        }
    }
}

/// Small JSON texts and paths out of few names.
enum RandomJSON {
    static func path(using random: inout SeededGenerator) -> String {
        (["e"] + (0..<random.below(4)).map { _ in name(using: &random) }).joined(separator: "/")
    }

    static func name(using random: inout SeededGenerator) -> String {
        random.below(10) == 0 ? "_value" : random.pick(["a", "b", "0", "1"])
    }

    static func value(using random: inout SeededGenerator, depth: Int = 0) -> String {
        switch random.below(depth > 2 ? 4 : 8) {
        case 0: return random.pick(["1", "2.0", "-0"])
        case 1: return "\"s\""
        case 2: return random.pick(["null", "true"])
        case 3: return random.pick(["{}", "[]"])
        case 4, 5:
            return "["
                + (0..<random.below(3)).map { _ in value(using: &random, depth: depth + 1) }.joined(separator: ",")
                + "]"
        default:
            let names = Set((0..<random.below(4)).map { _ in name(using: &random) })
            return "{"
                + names.sorted().map { "\"\($0)\":\(value(using: &random, depth: depth + 1))" }.joined(separator: ",")
                + "}"
        }
    }
}
