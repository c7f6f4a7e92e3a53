import NestKVCore
import Testing

@testable import NestKVAPI

/// RFC 9110 §8.8.3 and §13.1.
@Suite(.timeLimit(.minutes(1)))
struct EntityTagTests {
    @Test(
        "lists of tags are read",
        arguments: [
            (#""a""#, [#""a""#]), (#"W/"a""#, [#"W/"a""#]), (#""a","b" , W/"c""#, [#""a""#, #""b""#, #"W/"c""#]),
            (#"  "a"  "#, [#""a""#]), (#", ,"a",,"b","#, [#""a""#, #""b""#]), (#""""#, [#""""#]),
            (#""a,b""#, [#""a,b""#]),
            (#""*""#, [#""*""#]),
        ])
    func lists(_ text: String, _ expected: [String]) {
        guard case .listed(let tags)? = EntityTag.list(text) else {
            Issue.record("\(text) is refused")
            return
        }
        #expect(tags.map(\.description) == expected)
    }

    @Test(
        "what is no list of tags is refused",
        arguments: [
            "", " ", ",", "a", #""a"#, #"a""#, #""a" "b""#, #"w/"a""#, #"W /"a""#, #"*, "a""#, "**", #""a";"b""#,
        ])
    func refused(_ text: String) {
        #expect(EntityTag.list(text) == nil)
    }

    @Test func `a star matches any tag`() {
        guard case .any? = EntityTag.list(" * ") else {
            Issue.record("it is refused")
            return
        }
    }

    @Test("the comparison table of RFC 9110 §8.8.3.2")
    func comparison() throws {
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

    @Test("a variant is another tag of the same state")
    func variants() {
        let tag = EntityTag("7-abc")
        #expect(tag.variant("pretty") != tag && tag.variant("pretty").state == tag && tag.state == tag)
        #expect(!tag.variant("pretty").stronglyMatches(tag) && !tag.variant("a").weaklyMatches(tag.variant("b")))
    }
}
