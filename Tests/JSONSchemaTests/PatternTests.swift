import Testing

@testable import JSONSchema

@Suite struct PatternTests {
    private func matches(_ pattern: String, _ text: String) throws -> Bool? {
        let pattern = try Pattern(pattern)
        return withExtendedLifetime(pattern) {
            var text = text
            return text.withUTF8 { Pattern.matches(pattern.reference, $0, limit: 100_000) }
        }
    }

    @Test(arguments: [
        ("^.$", "é"), ("^.$", "߀"), ("^.$", "🐲"), ("^[^a]$", "߀"), ("^[^é]$", "߀"), ("^[^\\d]$", "߀"),
        ("^[^\\s\\w]$", "߀"), ("^\\D$", "߀"), ("^[\\W_]+$", "߀é🐲"), ("^\\P{Lu}$", "é"), ("^[^\\p{Lu}]$", "é"),
        ("^[^\\P{Lu}]$", "É"), ("^(é|ñ){2}$", "éñ"), ("\\bfoo\\b", "é foo ñ"), ("^\\S+$", "aé🐲"),
        ("^[^\\S]$", "\u{feff}"), ("^\\u{1F432}$", "🐲"), ("^\\ud83d\\udc32$", "🐲"),
        ("^[\\ud83d\\udc32-\\ud83d\\udc33]$", "🐲"), ("^(?<a>x)\\k<a>$", "xx"), ("^(a)?\\1b$", "b"), ("^[^]$", "\n"),
        ("^\\p{Script=Greek}+$", "αβγ"), ("^\\p{Emoji}$", "🐲"), ("^\\p{Letter}$", "é"), ("^[\\w-.]+$", "a-b.c"),
        ("^\\-\\_\\@$", "-_@"), ("^{$", "{"), ("a{,3}", "a{,3}"), ("^\\cA$", "\u{1}"), ("^[\\b]$", "\u{8}"),
    ])
    func `a pattern matches as ECMA-262 says`(_ pattern: String, _ text: String) throws {
        #expect(try matches(pattern, text) == true)
    }

    @Test(arguments: [
        ("^.$", "\u{2028}"), ("^[^é]$", "é"), ("^[^\\D]$", "߀"), ("(?<!a)b", "ab"), ("^[]$", ""), ("^a$", "a\n"),
        ("^\\d$", "߀"), ("^\\w$", "é"), ("^\\s$", "\u{200b}"),
    ])
    func `a pattern doesn't match as ECMA-262 says`(_ pattern: String, _ text: String) throws {
        #expect(try matches(pattern, text) == false)
    }

    @Test(arguments: [
        ("a++", "possessive"), ("(?P<a>x)", "'(?' must be followed by"), ("[[:alpha:]]", "POSIX"),
        ("\\A", "'\\A' is not an escape"), ("\\Z", "'\\Z' is not an escape"), ("\\a", "'\\a' is not an escape"),
        ("(", "not closed"), ("a)", "closes no group"), ("[z-a]", "out of order"), ("a{3,1}", "out of order"),
        ("\\u12", "4 hexadecimal digits"), ("\\p{Foo}", "not a property"), ("(?#x)", "must be followed by"),
        ("*a", "nothing to repeat"), ("(?i)a", "must be followed by"), ("\\1", "doesn't exist"),
        ("\\k<a>", "doesn't exist"), ("(?<a>x)(?<a>y)", "two groups"), ("(?>a)", "must be followed by"),
        ("\\Qx\\E", "'\\Q' is not an escape"), ("\\ud800", "surrogate"), ("[a", "not closed"),
        ("(?=a)*", "nothing to repeat"), ("\\", "can't end"), ("a{70000}", "more than 65535"),
    ])
    func `what isn't ECMA-262 is refused with its reason`(_ pattern: String, _ reason: String) throws {
        let error = #expect(throws: PatternError.self) { _ = try Pattern(pattern) }
        #expect(error?.detail.contains(reason) == true, "\(error?.detail ?? "")")
    }

    @Test func `a search that takes too long has no verdict`() throws {
        #expect(try matches("^(a+)+$", String(repeating: "a", count: 30) + "!") == nil)
        #expect(try matches("^(a+)+$", String(repeating: "a", count: 30)) == true)
    }
}
