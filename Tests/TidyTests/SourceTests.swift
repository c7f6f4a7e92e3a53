import Testing

/// The rules of CONTRIBUTING.md that a machine can check in Swift sources.
@Suite struct SourceTests {
    @Test func `a line has at most 120 columns`() throws {
        for file in try Repository.swiftFiles() {
            for (index, line) in file.lines.enumerated() where line.count > 120 {
                Issue.record("\(file):\(index + 1) has \(line.count) columns")
            }
        }
    }

    @Test func `a file has at most 250 lines`() throws {
        for file in try Repository.swiftFiles() where file.lines.count > 251 {
            Issue.record("\(file) has \(file.lines.count - 1) lines; move a part of it to a file of its own")
        }
    }

    /// From the line that begins with `func` or `init` to the brace in the same column that closes it.
    @Test func `a function has at most 60 lines`() throws {
        let beginning = /^( *)(?:@\w+(?:\(.*\))? )*(?:[a-z]+(?:\([a-z]+\))? )*(?:func |init[?(<])/
        for file in try Repository.swiftFiles() {
            for (index, line) in file.lines.enumerated() where line.contains("func ") || line.contains("init") {
                guard let indent = line.firstMatch(of: beginning)?.1 else { continue }
                let rest = file.lines[index...]
                // A requirement of a protocol has none.
                guard let body = rest.firstIndex(where: { $0.hasSuffix("{") || $0.hasSuffix("}") || $0.isEmpty }),
                    rest[body].hasSuffix("{"), let end = rest.firstIndex(of: "\(indent)}")
                else { continue }
                if end - index >= 60 {
                    Issue.record("\(file):\(index + 1) has \(end - index + 1) lines; give a part of it a name")
                }
            }
        }
    }

    @Test func `a test is named by a sentence`() throws {
        for file in try Repository.swiftFiles() where file.path.hasPrefix("Tests/") {
            for (index, line) in file.lines.enumerated() where line.contains(/^ *@Test\b/) {
                // The traits may have lines of their own.
                let function = file.lines[index...].first { $0.contains("func ") }
                if function?.contains(/\bfunc `/) != true || line.contains(/@Test\( *"/) {
                    Issue.record("\(file):\(index + 1) gives no sentence in backticks as the name of the function")
                }
            }
        }
    }

    @Test func `comments, strings and names of tests use plain words`() throws {
        for file in try Repository.swiftFiles() where !file.path.hasPrefix("Tests/TidyTests/") {
            for (index, line) in file.lines.enumerated() where !Words.found(in: line).isEmpty {
                for text in Self.prose(of: line) { Words.check(text, "\(file):\(index + 1)") }
            }
        }
        for file in try Repository.files(in: ["openapi", "docker", "scripts"], endingIn: [".yaml", ".yml"]) {
            for (index, line) in file.lines.enumerated() { Words.check(line, "\(file):\(index + 1)") }
        }
    }

    /// The reason is a comment on the line, or among the ten before or the next three.
    @Test func `what the compiler can't check has its reason beside it`() throws {
        let unchecked = /@unchecked Sendable|nonisolated\(unsafe\)|unsafeBitCast|try!/
        for file in try Repository.swiftFiles() where !file.path.hasPrefix("Tests/TidyTests/") {
            for (index, line) in file.lines.enumerated() where line.contains(unchecked) {
                let near = file.lines[max(0, index - 10)...min(index + 3, file.lines.count - 1)]
                if !near.contains(where: { $0.contains("//") }) {
                    Issue.record("\(file):\(index + 1) gives no reason: \(line)")
                }
            }
        }
    }

    /// The interface words what the core states: a client may have sent a header field, a parameter or a member.
    @Test func `below the interface no header field, parameter or status of HTTP is named`() throws {
        let words =
            /\bIf-[A-Z]|\bNestkv-[A-Z]|\bETag\b|\bRepr-Digest\b|\b(?:HTTP|[Aa]nswer) [1-5]\d\d\b|['`]\?[a-z]+['`]/
        let folders = ["Sources/NestKVStorage", "Sources/NestKVCore", "Sources/NestKVEvents"]
        for file in try Repository.files(in: folders, endingIn: [".swift"]) {
            for (index, line) in file.lines.enumerated() {
                guard let found = line.firstMatch(of: words) else { continue }
                Issue.record("\(file):\(index + 1) says \(found.0), which is for NestKVAPI to say")
            }
        }
    }

    @Test func `the interface takes the name of a header field from its enumeration`() throws {
        let literal = /"(?:Accept|Access|Cache|Content|Idempotency|If|Last|Nestkv)-[A-Z][A-Za-z-]*"/
        for file in try Repository.files(in: ["Sources/NestKVAPI"], endingIn: [".swift"])
        where !file.path.hasSuffix("HeaderName.swift") {
            for (index, line) in file.lines.enumerated() where line.contains(literal) {
                Issue.record("\(file):\(index + 1) should use a case of HeaderName: \(line)")
            }
        }
    }

    @Test func `nothing is left to do in a comment`() throws {
        let leftover = /\b(?:TODO|FIXME|XXX|HACK)\b/
        let files =
            try Repository.swiftFiles()
            + Repository.files(
                in: ["Sources", "scripts", "docker", ".ci", "openapi"],
                endingIn: [".c", ".h", ".lua", ".py", ".yml", ".yaml"])
        for file in files where !file.path.hasPrefix("Tests/TidyTests/") {
            for (index, line) in file.lines.enumerated() where line.contains(leftover) {
                Issue.record("\(file):\(index + 1) leaves something to do: \(line)")
            }
        }
    }

    /// What a person reads in a line of Swift: its comment, its strings, the sentence that names a test.
    private static func prose(of line: Substring) -> [Substring] {
        let trimmed = line.drop { $0 == " " }
        if trimmed.hasPrefix("//") { return [trimmed] }
        // A line of a string of several lines has neither keywords nor quotes.
        let quoted = line.matches(of: /"(?:[^"\\]|\\.)*"|func `[^`]*`| \/\/.*$/).map(\.0)
        return quoted
    }
}
