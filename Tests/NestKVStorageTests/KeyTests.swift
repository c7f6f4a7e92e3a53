import NestKVStorage
import Testing

/// Keys: the position of a leaf in the tree.
@Suite(.timeLimit(.minutes(1)))
struct KeyTests {
    private func key(_ names: String...) -> Key { Key(names.map { Array($0.utf8) }) }

    @Test func `a key is its segments, each followed by NUL`() {
        #expect(key("ep1", "main").bytes == Array("ep1\0main\0".utf8))
        #expect(key("ep1", "main").segments.map { String(decoding: $0, as: UTF8.self) } == ["ep1", "main"])
        #expect(key("ep1", "main").depth == 2)
        #expect(Key.root.depth == 0 && Key.root.segments.isEmpty && Key.root.name.isEmpty && Key.root.parent == nil)
    }

    @Test func `name, parent, child and ancestors belong together`() {
        let leaf = key("a", "b", "c")
        #expect(String(decoding: leaf.name, as: UTF8.self) == "c")
        #expect(leaf.parent == key("a", "b"))
        #expect(key("a").parent == .root)
        #expect(key("a", "b").appending(Array("c".utf8)) == leaf)
        #expect(leaf.ancestors == [key("a", "b"), key("a")])
        #expect(leaf.segments(below: key("a")).map(Array.init) == [Array("b".utf8), Array("c".utf8)])
        #expect(leaf.segments(below: leaf).isEmpty)
    }

    @Test func `a key contains itself and the keys below it, but no key that only has a common prefix`() {
        #expect(key("a").contains(key("a")) && key("a").contains(key("a", "b")) && Key.root.contains(key("a")))
        #expect(
            !key("a").contains(key("ab")) && !key("a").contains(key("ab", "c")) && !key("a", "b").contains(key("a")))
        #expect(key("a").isAncestor(of: key("a", "b")) && !key("a").isAncestor(of: key("a")))
    }

    @Test func `keys are in byte order, and a subtree immediately follows its root`() {
        let sorted = [
            key("a"), key("a", "z"), key("a", "z", "1"), key("a "), key("a!", "b"), key("aa"), key("b"), key("é"),
            key("😀"),
        ]
        #expect(sorted.shuffled().sorted() == sorted)
    }

    @Test func `two Unicode spellings of one letter are two keys`() {
        #expect(key("\u{E9}") != key("e\u{301}"))
        #expect(Set([key("\u{E9}"), key("e\u{301}"), key("\u{E9}")]).count == 2)
    }

    @Test func `a key describes itself as a path`() {
        #expect("\(key("ep1", "a b", "ü"))" == "/ep1/a b/ü")
    }
}
