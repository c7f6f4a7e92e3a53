import NestKVCore
import NestKVStorage
import TestSupport
import Testing

/// Paths to keys and back.
@Suite(.timeLimit(.minutes(1)))
struct PathKeyServiceTests {
    private let keys = PathKeyService()

    private func names(_ path: String) throws -> [String] {
        try keys.key(path: Array(path.utf8)[...]).segments.map { String(decoding: $0, as: UTF8.self) }
    }

    @Test(arguments: [
        ("/ep1", ["ep1"]), ("/ep1/main/sup1", ["ep1", "main", "sup1"]), ("/a/b/", ["a", "b"]),
        ("/a%2Fb/c", ["a/b", "c"]),
        ("/%61", ["a"]), ("/%252F", ["%2F"]), ("/a+b", ["a+b"]), ("/...", ["..."]), ("/%C3%A9", ["é"]), ("/é", ["é"]),
        ("/%F0%9F%98%80", ["😀"]), ("/a:b/*/>/ ", ["a:b", "*", ">", " "]), ("/_x", ["_x"]),
    ])
    func `a path is split at slashes and then decoded`(_ path: String, _ expected: [String]) throws {
        #expect(try names(path) == expected)
    }

    @Test(arguments: [
        "/", "//", "/a//b", "/a//", "/.", "/..", "/a/%2e", "/%2E./b", "/%00", "/a%0A", "/%1F", "/%7F", "/%C2%9F", "/%",
        "/%4", "/%4/1", "/%G1", "/%+1", "/% 1", "/%80", "/%C3", "/%C3/%A9", "/%C0%AF", "/%ED%A0%80", "/%F5%80%80%80",
        "",
    ])
    func `a path that is no key is refused with a message`(_ path: String) {
        let error = #expect(throws: KeyError.self) { try names(path) }
        #expect(error?.kind == .invalid)
        #expect(error?.message.isEmpty == false)
    }

    @Test func `any valid name survives the conversion to a path and back`() throws {
        var random = SeededGenerator(seed: 7)
        for _ in 0..<2000 {
            let names = (0..<random.below(4) + 1).map { _ in Self.name(using: &random) }
            let key = Key(names.map { Array($0.utf8) })
            let path = keys.path(of: key)
            #expect(try keys.key(path: Array(path.utf8)[...]) == key, "\(path)")
            #expect(
                path.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "?") && $0 != UInt8(ascii: "#") })
        }
    }

    private static func name(using random: inout SeededGenerator) -> String {
        let alphabet: [Unicode.Scalar] = [
            "a", "Z", "/", "%", "?", "#", ".", " ", "é", "\u{301}", "😀", "\"", "\\", "&", "+", "~",
        ]
        var name = String.UnicodeScalarView()
        repeat { name.append(alphabet[random.below(alphabet.count)]) } while random.below(3) > 0
        let text = String(name)
        return text == "." || text == ".." ? "dot" : text
    }

    @Test func `limits count decoded bytes with a separator each, and segments`() throws {
        let keys = PathKeyService(limits: KeyLimits(segments: 3, bytes: 9, entryPoints: nil))
        #expect(throws: Never.self) { try keys.key(path: Array("/a/b/c".utf8)[...]) }
        #expect(throws: Never.self) { try keys.key(path: Array("/abcd/efgh".utf8)[...]) }
        #expect(throws: Never.self) { try keys.key(path: Array("/%61%62%63%64/efgh".utf8)[...]) }
        for path in ["/a/b/c/d", "/abcd/efghi"] {
            let error = #expect(throws: KeyError.self) { try keys.key(path: Array(path.utf8)[...]) }
            #expect(error?.kind == .tooLong && error?.limit != nil)
        }
    }

    @Test func `with a list of entry points, any other one is refused`() throws {
        let keys = PathKeyService(limits: KeyLimits(segments: 64, bytes: 1024, entryPoints: ["ep1", "é"]))
        #expect(throws: Never.self) { try keys.key(path: Array("/ep1/a".utf8)[...]) }
        #expect(throws: Never.self) { try keys.key(path: Array("/%C3%A9".utf8)[...]) }
        for path in ["/ep2/a", "/EP1", "/e%CC%81"] {
            let error = #expect(throws: KeyError.self) { try keys.key(path: Array(path.utf8)[...]) }
            #expect(error?.kind == .unknownEntryPoint && error?.message.contains("ep1") == true)
        }
    }

    @Test func `a name that doesn't come from a path is checked like one`() {
        for name in ["", ".", "..", "a\u{0}", "\u{7F}", "\u{85}"] {
            let bytes = Array(name.utf8)
            #expect(throws: KeyError.self, "\(bytes)") { try keys.check(key("e").appending(bytes), name: bytes) }
        }
        #expect(throws: KeyError.self) { try keys.check(key("e").appending([0xFF]), name: [0xFF]) }
        #expect(throws: Never.self) { try keys.check(key("e").appending(Array("a/b".utf8)), name: Array("a/b".utf8)) }
    }

    @Test func `names of appended children sort by time and are unique`() async {
        let names = (0..<50_000).map { _ in keys.childName() }
        #expect(names.allSatisfy { $0.count == 26 })
        #expect(zip(names, names.dropFirst()).allSatisfy { $0.lexicographicallyPrecedes($1) })
        let shared = keys
        let many = await withTaskGroup(of: [[UInt8]].self) { group in
            for _ in 0..<8 { group.addTask { (0..<5000).map { _ in shared.childName() } } }
            return await group.reduce(into: []) { $0 += $1 }
        }
        #expect(Set(many).count == many.count)
    }
}
