import NestKVCore
import NestKVStorage
import Testing

@testable import NestKVEvents

/// The changes that patterns match.
@Suite(.timeLimit(.minutes(1)))
struct PatternTests {
    private func key(_ path: String) -> Key {
        Key(path.split(separator: "/").map { Array($0.utf8) })
    }

    private func pattern(_ path: String) throws -> Pattern {
        try Pattern(path: Array(path.utf8)[...], keys: PathKeyService())
    }

    @Test(arguments: [
        ("/ep1/main", "ep1/main", true), ("/ep1/main", "ep1/main/sup1/x", true), ("/ep1/main", "ep1", true),
        ("/ep1/main", "ep1/mainly", false), ("/ep1/main", "ep2/main", false), ("/ep1/main/%23", "ep1/main", true),
        ("/ep1/main/%23", "ep1/main/a", true), ("users/+/settings", "users/bob/settings", true),
        ("users/+/settings", "users/bob/settings/theme", true), ("users/+/settings", "users/bob", true),
        ("users/+/settings", "users/bob/profile", false), ("/%23", "anything/at/all", true),
        ("/a/%2B", "a/+", true), ("/a/%2B", "a/b", false),
    ])
    func `a pattern matches at, below and above its path`(_ row: (pattern: String, key: String, isMatch: Bool)) throws {
        let pattern = try pattern(row.pattern)
        #expect(pattern.matches(key(row.key)) == row.isMatch)
        var index = SubscriptionIndex<Box>()
        let subscriber = Box()
        index.insert(subscriber, pattern)
        var found = 0
        index.forEachMatch(key(row.key)) { _ in found += 1 }
        #expect(found == (row.isMatch ? 1 : 0), "the index agrees with the pattern")
        index.remove(subscriber, pattern)
        index.forEachMatch(key(row.key)) { _ in Issue.record("a removed subscriber is found") }
        #expect(index.count == 0)
    }

    @Test(arguments: ["/a/%23/b", "/a//b", "/a/%zz", "/a/..", "/a/%00"])
    func `a malformed pattern is refused`(_ path: String) {
        #expect(throws: KeyError.self) { try pattern(path) }
    }

    @Test func `the index finds exactly the subscribers with matching patterns`() throws {
        var random = SystemRandomNumberGenerator()
        let names = ["a", "b", "c"]
        var index = SubscriptionIndex<Box>()
        var subscribers: [(Box, Pattern)] = []
        for _ in 0..<300 {
            let depth = Int.random(in: 1...4, using: &random)
            let segments = (0..<depth).map { _ in
                Bool.random(using: &random) ? names.randomElement(using: &random)! : "+"
            }
            let pattern = try pattern("/" + segments.joined(separator: "/"))
            let box = Box()
            index.insert(box, pattern)
            subscribers.append((box, pattern))
        }
        for _ in 0..<300 {
            let depth = Int.random(in: 1...5, using: &random)
            let key = Key((0..<depth).map { _ in Array(names.randomElement(using: &random)!.utf8) })
            var found: Set<ObjectIdentifier> = []
            index.forEachMatch(key) { found.insert(ObjectIdentifier($0)) }
            let expected = subscribers.filter { $0.1.matches(key) }.map { ObjectIdentifier($0.0) }
            #expect(found == Set(expected), "\(key)")
        }
    }
}

private final class Box {}
