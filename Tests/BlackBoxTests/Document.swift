import FoundationEssentials
import TestSupport

/// A page of the documentation, parts of which tests compare with the program.
struct Document {
    private let text: String
    private let name: String

    /// - Parameter name: the file's path in the repository, like `docs/http.md`.
    init(_ name: String) throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        text = String(decoding: try contents(ofFile: root.appending(path: name).path), as: UTF8.self)
        self.name = name
    }

    /// The text between two texts, each of which must be there.
    func part(from start: String, to end: String) throws -> String {
        guard let start = text.firstRange(of: start), let end = text[start.upperBound...].firstRange(of: end) else {
            throw TestFailure("\(name) has nothing between '\(start)' and '\(end)'")
        }
        return String(text[start.upperBound..<end.lowerBound])
    }

    /// The rows of the table between two texts, without its head: the cells of each.
    func table(from start: String, to end: String) throws -> [[String]] {
        try part(from: start, to: end).split(separator: "\n").filter { $0.hasPrefix("| `") || $0.hasPrefix("| [`") }.map
        { row in
            row.dropFirst().dropLast().replacing(#"\|"#, with: "\u{0}").split(separator: "|").map { cell in
                cell.replacing("\u{0}", with: "|").trimmingSpaces
            }
        }
    }
}

extension StringProtocol {
    fileprivate var trimmingSpaces: String {
        String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}
