import FoundationEssentials
import Testing

/// The rules of CONTRIBUTING.md that a machine can check in the documents.
@Suite struct DocumentTests {
    @Test func `the README has at most 160 lines`() throws {
        let readme = try #require(try Repository.pages().first { $0.path == "README.md" })
        #expect(readme.lines.count <= 161)
    }

    /// Tables and examples may be wider.
    @Test func `a line of text has at most 120 columns`() throws {
        for page in try Repository.pages() {
            for (number, line) in Self.text(of: page) where line.count > 120 && !line.hasPrefix("|") {
                Issue.record("\(page):\(number) has \(line.count) columns")
            }
        }
    }

    @Test func `what a link or a file name says is there`() throws {
        for page in try Repository.pages() {
            let folder = page.path.split(separator: "/").dropLast().joined(separator: "/")
            for (number, line) in Self.text(of: page) {
                for match in line.matches(of: /\]\(([^)#\s]*)(?:#([^)\s]*))?\)/) where !match.1.contains("://") {
                    let target = match.1.isEmpty ? page.path : Self.path(from: folder, to: match.1)
                    guard Repository.exists(target) else {
                        Issue.record("\(page):\(number) links to \(target), which doesn't exist")
                        continue
                    }
                    guard let anchor = match.2 else { continue }
                    let named = try Repository.pages().first { $0.path == target }
                    if !(named.map(Self.anchors) ?? []).contains(String(anchor)) {
                        Issue.record("\(page):\(number): \(target) has no heading #\(anchor)")
                    }
                }
                for match in line.matches(
                    of: /`((?:Sources|Tests|scripts|docker|docs|openapi|\.ci)\/[A-Za-z0-9_.+\/-]+)`/)
                where !Repository.exists(String(match.1)) && !page.path.hasPrefix("docs/decisions/") {
                    Issue.record("\(page):\(number) names \(match.1), which doesn't exist")
                }
            }
        }
    }

    @Test func `pages use plain words`() throws {
        for page in try Repository.pages() where page.path != "docs/CHANGELOG.md" {
            for (number, line) in Self.text(of: page) where !line.hasPrefix("|") {
                Words.check(line, "\(page):\(number)")
            }
        }
    }

    @Test func `decisions are numbered without gaps and have one form of heading`() throws {
        let decisions = try Repository.files(in: ["docs/decisions"], endingIn: [".md"]).filter {
            $0.path.split(separator: "/").last?.first?.isNumber ?? false
        }
        let list = try Repository.files(in: ["docs/decisions/README.md"], endingIn: [".md"])[0].lines
        for (index, decision) in decisions.enumerated() {
            let number = String(repeating: "0", count: 4 - String(index + 1).count) + String(index + 1)
            let name = decision.path.split(separator: "/").last ?? ""
            #expect(name.hasPrefix(number + "-"), "\(name) should have the number \(number)")
            #expect(decision.lines[0].hasPrefix("# \(index + 1). "), "\(name) begins with '\(decision.lines[0])'")
            #expect(
                decision.lines.count > 2 && decision.lines[2].starts(with: /Accepted, \d{4}-\d\d-\d\d\./),
                "\(name) doesn't say since when it is accepted")
            #expect(list.contains { $0.contains("](\(name))") }, "docs/decisions/README.md doesn't list \(name)")
        }
    }

    /// A page's lines with their numbers, without examples.
    private static func text(of page: Repository.File) -> [(Int, Substring)] {
        var isExample = false
        return page.lines.enumerated().compactMap { index, line in
            if line.hasPrefix("```") { isExample.toggle() }
            return isExample ? nil : (index + 1, line)
        }
    }

    private static func path(from folder: String, to link: Substring) -> String {
        var parts = folder.split(separator: "/")
        for part in link.split(separator: "/") where part != "." {
            if part == ".." { _ = parts.popLast() } else { parts.append(part) }
        }
        return parts.joined(separator: "/")
    }

    /// The anchors of a page's headings, as GitHub makes them.
    private static func anchors(of page: Repository.File) -> [String] {
        text(of: page).filter { $0.1.hasPrefix("#") }.map { _, line in
            String(
                line.drop { $0 == "#" || $0 == " " }.lowercased().compactMap { character in
                    if character == " " { return "-" }
                    return character.isLetter || character.isNumber || "-_".contains(character) ? character : nil
                })
        }
    }
}
