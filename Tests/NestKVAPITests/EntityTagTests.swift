import NestKVCore
import Testing

@testable import NestKVAPI

/// RFC 9110 §8.8.3 and §13.1.
@Suite(.timeLimit(.minutes(1)))
struct EntityTagTests {
    @Test(arguments: [
        (#""a""#, [#""a""#]), (#"W/"a""#, [#"W/"a""#]), (#""a","b" , W/"c""#, [#""a""#, #""b""#, #"W/"c""#]),
        (#"  "a"  "#, [#""a""#]), (#", ,"a",,"b","#, [#""a""#, #""b""#]), (#""""#, [#""""#]),
        (#""a,b""#, [#""a,b""#]),
        (#""*""#, [#""*""#]),
    ])
    func `lists of tags are read`(_ text: String, _ expected: [String]) {
        guard case .listed(let tags)? = EntityTag.list(text) else {
            Issue.record("\(text) is refused")
            return
        }
        #expect(tags.map(\.description) == expected)
    }

    @Test(arguments: [
        "", " ", ",", "a", #""a"#, #"a""#, #""a" "b""#, #"w/"a""#, #"W /"a""#, #"*, "a""#, "**", #""a";"b""#,
    ])
    func `what is no list of tags is refused`(_ text: String) {
        #expect(EntityTag.list(text) == nil)
    }

    @Test func `a star matches any tag`() {
        guard case .any? = EntityTag.list(" * ") else {
            Issue.record("it is refused")
            return
        }
    }

    @Test func `the comparison table of RFC 9110 §8.8.3.2`() throws {
        func tag(_ text: String) throws -> EntityTag {
            guard case .listed(let tags)? = EntityTag.list(text) else { throw StoreError(.invalidKey, text) }
            return tags[0]
        }
        let rows = [
            (#"W/"1""#, #"W/"1""#, false, true), (#"W/"1""#, #"W/"2""#, false, false),
            (#"W/"1""#, #""1""#, false, true),
            (#""1""#, #""1""#, true, true),
        ]
        for (one, other, isStrong, isWeak) in rows {
            #expect(try tag(one).stronglyMatches(tag(other)) == isStrong, "\(one) \(other)")
            #expect(try tag(one).weaklyMatches(tag(other)) == isWeak, "\(one) \(other)")
        }
    }

    @Test func `a variant is another tag of the same state`() {
        let tag = EntityTag("7-abc")
        #expect(tag.variant("pretty") != tag && tag.variant("pretty").state == tag && tag.state == tag)
        #expect(!tag.variant("pretty").stronglyMatches(tag) && !tag.variant("a").weaklyMatches(tag.variant("b")))
    }
}
