import NestKVCore
import TestSupport
import Testing

/// Patterns for keys.
@Suite(.timeLimit(.minutes(1)))
struct GlobTests {
    private static func segments(_ path: String) -> [ArraySlice<UInt8>] { key(path).segments }

    @Test(arguments: [
        ("*", "a/b", true), ("", "a", false), ("a", "a", true), ("a", "a/b", false), ("a*", "a/b", true),
        ("a/b", "a/b", true), ("a:b", "a/b", true), ("a:b", "a:b", true), ("a/b", "a:b", false),
        (#"a\:b"#, "a/b", false), (#"a\:b"#, "a:b", true), ("a?b", "a/b", false), ("a?b", "axb", true),
        ("a?b", "aéb", true), ("a[/]b", "a/b", false), ("a[^x]b", "a/b", false), ("a[^x]b", "ayb", true),
        ("[a-c]", "b", true), ("[c-a]", "b", true), ("[a-c]", "d", false), ("[]", "a", false), ("[^]", "a", true),
        (#"[\]]"#, "]", true), ("[a-]", "-", true), ("**a**", "bab", true), ("*b", "abab", true),
        ("*ab*ab*", "abab", true), ("*ab*ab*", "ab", false), ("user:*:name", "user/1/x/name", true),
    ])
    func `a pattern matches whole keys`(_ pattern: String, _ path: String, _ expected: Bool) throws {
        #expect(try #require(Glob(pattern)).matches(Self.segments(path)) == expected)
    }

    @Test(arguments: ["[", "a[b", #"\"#, #"[a\"#, String(repeating: "a", count: 1025)])
    func `what isn't closed is no pattern`(_ pattern: String) {
        #expect(Glob(pattern) == nil)
    }

    @Test func `a pattern that goes back and forth a million times is done at once`() throws {
        let glob = try #require(Glob(String(repeating: "*a", count: 512)))
        #expect(!glob.matches(Self.segments(String(repeating: "a", count: 511))))
        #expect(glob.matches(Self.segments(String(repeating: "a", count: 4096))))
    }
}
