import Testing

/// The rules of CONTRIBUTING.md that a machine can check in Swift sources.
@Suite struct SourceTests {
    @Test func `a comment has at most 120 columns`() throws {
        for file in try Repository.swiftFiles() {
            for (index, line) in file.lines.enumerated()
            where line.count > 120 && line.drop(while: { $0 == " " }).hasPrefix("//") {
                Issue.record("\(file):\(index + 1) has \(line.count) columns")
            }
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
}
