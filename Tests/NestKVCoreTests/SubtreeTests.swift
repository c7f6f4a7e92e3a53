import MicroJSON
import Testing

@testable import NestKVCore
@testable import NestKVStorage

/// Subtrees, whose renderings contain all their leaves.
@Suite(.timeLimit(.minutes(1)))
struct SubtreeTests {
    private static func leaf(_ name: String, expiresAt: Int64?) -> Record {
        Record(
            key: Key(["e", name].map(\.utf8)), value: JSONText(trusted: [0x31]), version: 1, revision: 1,
            createdAt: Timestamp(milliseconds: 0), updatedAt: Timestamp(milliseconds: 0),
            expiresAt: expiresAt.map { Timestamp(milliseconds: $0) }, dataHash: CanonicalHashing().hash(of: .null),
            attribution: .none, isDeleted: false)
    }

    @Test func `a subtree is passed on until one of its leaves, or the leaf at the path, expires`() {
        let subtree = Subtree([Self.leaf("a", expiresAt: nil), Self.leaf("b", expiresAt: 100)])
        let own = Self.leaf("own", expiresAt: 50)
        let records = NodeRecords(latest: nil, ancestors: [], subtree: subtree, revision: 1)
        #expect(records.withoutExpired(at: Timestamp(milliseconds: 99)).subtree === subtree)
        let later = records.withoutExpired(at: Timestamp(milliseconds: 101))
        #expect(later.subtree == nil && later.below.count == 1)
        let owned = NodeRecords(latest: own, ancestors: [], subtree: subtree, revision: 1)
        #expect(owned.withoutExpired(at: Timestamp(milliseconds: 49)).subtree === subtree)
        #expect(owned.withoutExpired(at: Timestamp(milliseconds: 51)).subtree == nil)
        let lasting = Subtree([Self.leaf("a", expiresAt: nil)])
        #expect(!lasting.mayExpire && subtree.mayExpire)
    }

    @Test func `a subtree fits a read whose reach is at least as large`() {
        let subtree = Subtree([Self.leaf("a", expiresAt: nil), Self.leaf("b", expiresAt: nil)])
        #expect(subtree.fits(Reach(ancestors: true, leavesBelow: 2, bytesBelow: 2)))
        #expect(!subtree.fits(Reach(ancestors: true, leavesBelow: 1, bytesBelow: 2)))
        #expect(!subtree.fits(Reach(ancestors: true, leavesBelow: 2, bytesBelow: 1)))
        #expect(!subtree.fits(.leaf) && Subtree.empty.fits(.leaf))
    }
}
