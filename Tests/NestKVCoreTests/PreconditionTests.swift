import TestSupport
import Testing

@testable import NestKVCore
@testable import NestKVStorage

/// RFC 9110 §13.2.2 as a table.
@Suite(.timeLimit(.minutes(1)))
struct PreconditionTests {
    private static let leaf = record("e/a", "1", version: 3, revision: 7, at: 1_000_000_500)
    private static let there = node("e/a", in: [leaf])
    private static let nothing = node("e/b", in: [leaf])
    private static let tree = node("e", in: [leaf, record("e/c", "2", revision: 8)])

    private enum Expected { case holds, notModified, failed }

    private func evaluate(_ state: Node, isRead: Bool, _ set: (inout Precondition) -> Void) -> Expected {
        var precondition = Precondition()
        set(&precondition)
        switch precondition.evaluate(state, reading: isRead ? state.etag : nil) {
        case .holds: return .holds
        case .notModified: return .notModified
        case .failed: return .failed
        }
    }

    private static func weak(_ tag: EntityTag) -> EntityTag { EntityTag(isWeak: true, opaque: tag.opaque) }

    @Test func `If-Match`() {
        let tag = Self.there.etag
        for isRead in [true, false] {
            #expect(evaluate(Self.there, isRead: isRead) { $0.ifMatch = .any } == .holds)
            #expect(evaluate(Self.nothing, isRead: isRead) { $0.ifMatch = .any } == .failed)
            #expect(evaluate(Self.there, isRead: isRead) { $0.ifMatch = .listed([EntityTag("x"), tag]) } == .holds)
            #expect(evaluate(Self.there, isRead: isRead) { $0.ifMatch = .listed([EntityTag("x")]) } == .failed)
            #expect(evaluate(Self.there, isRead: isRead) { $0.ifMatch = .listed([Self.weak(tag)]) } == .failed)
            #expect(evaluate(Self.nothing, isRead: isRead) { $0.ifMatch = .listed([Self.nothing.etag]) } == .failed)
        }
    }

    @Test func `If-None-Match`() {
        let tag = Self.there.etag
        let rows: [(Precondition.Tags?, Expected)] = [
            (.any, .notModified), (.listed([tag]), .notModified), (.listed([Self.weak(tag)]), .notModified),
            (.listed([EntityTag("x")]), .holds),
        ]
        for (tags, expected) in rows {
            #expect(evaluate(Self.there, isRead: true) { $0.ifNoneMatch = tags } == expected)
            let forWrite: Expected = expected == .notModified ? .failed : .holds
            #expect(evaluate(Self.there, isRead: false) { $0.ifNoneMatch = tags } == forWrite)
            #expect(evaluate(Self.nothing, isRead: true) { $0.ifNoneMatch = tags } == .holds)
        }
    }

    @Test func `a write compares states, so any representation's tag is valid; a read compares its own representation`()
    {
        let pretty = Self.there.etag.variant("pretty")
        #expect(evaluate(Self.there, isRead: false) { $0.ifMatch = .listed([pretty]) } == .holds)
        #expect(evaluate(Self.there, isRead: true) { $0.ifNoneMatch = .listed([pretty]) } == .holds)
    }

    @Test func `dates are compared by the second, and If-Modified-Since holds for every write`() {
        let at = Timestamp(milliseconds: 1_000_000_000), before = Timestamp(milliseconds: 999_999_999)
        #expect(evaluate(Self.there, isRead: true) { $0.ifUnmodifiedSince = at } == .holds)
        #expect(evaluate(Self.there, isRead: false) { $0.ifUnmodifiedSince = before } == .failed)
        #expect(evaluate(Self.nothing, isRead: false) { $0.ifUnmodifiedSince = before } == .holds)
        #expect(evaluate(Self.there, isRead: true) { $0.ifModifiedSince = at } == .notModified)
        #expect(evaluate(Self.there, isRead: true) { $0.ifModifiedSince = before } == .holds)
        #expect(evaluate(Self.there, isRead: false) { $0.ifModifiedSince = at } == .holds)
    }

    @Test func `tags win over dates`() {
        let tag = Self.there.etag
        let past = Timestamp(milliseconds: 0), future = Timestamp(milliseconds: 4_000_000_000_000)
        #expect(
            evaluate(Self.there, isRead: true) {
                $0.ifMatch = .listed([tag])
                $0.ifUnmodifiedSince = past
            } == .holds)
        #expect(
            evaluate(Self.there, isRead: true) {
                $0.ifNoneMatch = .listed([EntityTag("x")])
                $0.ifModifiedSince = future
            } == .holds)
        #expect(
            evaluate(Self.there, isRead: true) {
                $0.ifMatch = .listed([EntityTag("x")])
                $0.ifNoneMatch = .listed([tag])
            } == .failed)
        #expect(
            evaluate(Self.there, isRead: true) {
                $0.ifUnmodifiedSince = past
                $0.ifNoneMatch = .listed([tag])
            } == .failed)
    }

    @Test func `a version is that of the leaf, and 0 means that nothing is stored`() {
        let rows: [(Node, UInt64, Expected)] = [
            (Self.there, 3, .holds), (Self.there, 2, .failed), (Self.there, 0, .failed), (Self.nothing, 0, .holds),
            (Self.nothing, 1, .failed), (Self.tree, 0, .failed), (Self.tree, 1, .failed),
        ]
        for (state, version, expected) in rows {
            #expect(evaluate(state, isRead: false) { $0.ifVersion = version } == expected, "\(state.key) \(version)")
        }
    }
}
