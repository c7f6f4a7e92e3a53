import TestSupport
import Testing

@testable import NestKVStorage

/// The cache of recently read paths, and its invalidation by marks.
@Suite(.timeLimit(.minutes(1)))
struct NodeCacheTests {
    private static let tree = Reach(ancestors: true, leavesBelow: 100, bytesBelow: 1000)

    private let cache = NodeCache(bytes: 1 << 20)

    private func keep(_ path: String, in table: ChangeTable, above: [Record] = [], below: [Record] = []) {
        var records = NodeRecords(latest: record(path, "1"), ancestors: above, below: below, revision: 1)
        cache.keep(&records, key(path), table.marks(of: key(path)), Self.tree)
    }

    private func find(_ path: String, in table: ChangeTable, at revision: Revision) -> NodeRecords? {
        cache.find(key(path), table.marks(of: key(path)), Self.tree, at: revision)
    }

    @Test(arguments: ["e/a/b", "e/a/b/c", "e/a"])
    func `a path is known until it, something below or a leaf above it is marked`(changed: String) {
        let table = ChangeTable(openedAt: 0)
        keep("e/a/b", in: table, above: [record("e/a", "2")], below: [record("e/a/b/c", "3")])
        table.mark(key("e/a/other"), 2)
        let known = find("e/a/b", in: table, at: 2)
        #expect(known?.latest?.value == text("1") && known?.ancestors.count == 1 && known?.below.count == 1)
        #expect(known?.revision == 2)
        table.mark(key(changed), 3)
        #expect(find("e/a/b", in: table, at: 3) == nil)
    }

    @Test func `an entry is not found if it is later than the request, or was read before everything was marked`() {
        let table = ChangeTable(openedAt: 0)
        keep("e/a", in: table)
        #expect(find("e/a", in: table, at: 0) == nil)
        table.markAll(1)
        #expect(find("e/a", in: table, at: 1) == nil)
        keep("e/a", in: table)
        #expect(find("e/a", in: table, at: 1) != nil)
    }

    @Test func `two tables share a cache without mixing their entries`() {
        let tables = (0..<2).map { _ in ChangeTable(openedAt: 0) }
        keep("e/a", in: tables[0])
        #expect(find("e/a", in: tables[0], at: 1) != nil && find("e/a", in: tables[1], at: 1) == nil)
    }

    @Test func `a written leaf replaces its old record, and the leaves below it stay`() {
        let table = ChangeTable(openedAt: 0)
        keep("e/a", in: table, below: [record("e/a/b", "2")])
        table.mark(key("e/a"), 2)
        cache.renew(record("e/a", "5", revision: 2), table.marks(of: key("e/a")), at: 2)
        let known = find("e/a", in: table, at: 2)
        #expect(known?.latest?.value == text("5") && known?.below.count == 1)
    }

    @Test func `a path's last change is told until there is a later one, which is never missed`() {
        let table = ChangeTable(openedAt: 0)
        keep("e/a", in: table, below: [record("e/a/b", "2")])
        table.mark(key("e/other"), 5)
        #expect(find("e/a", in: table, at: 5)?.unchangedSince == 1)
        // A leaf below is deleted. The leaf's record stays valid, but it is unchanged only since a later revision.
        table.mark(key("e/a/b"), 6)
        let known = cache.find(key("e/a"), table.marks(of: key("e/a")), .surroundings, at: 7)
        #expect(known?.latest?.value == text("1") && known?.unchangedSince == 6)
    }

    @Test func `a leaf is kept with the shared empty subtree only if it is the latest change`() {
        let leaf = record("e/a", "1", revision: 3)
        #expect(Subtree.of([], leaf, since: 3) === Subtree.empty)
        #expect(Subtree.of([], leaf, since: 4) !== Subtree.empty && Subtree.of([], nil, since: 4) !== Subtree.empty)
    }

    @Test func `it keeps no more than it may`() {
        let table = ChangeTable(openedAt: 0)
        for index in 0..<10_000 { keep("cache/\(index)", in: table) }
        let count = (0..<10_000).count { find("cache/\($0)", in: table, at: 1) != nil }
        #expect(count > 1000 && count * 600 <= 1 << 20, "\(count) are kept")
    }
}
