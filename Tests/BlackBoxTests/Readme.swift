import FoundationEssentials
import TestSupport

/// The README, parts of which tests compare with what is so.
enum Readme {
    /// What stands between two texts, each of which is there.
    static func part(from start: String, to end: String) throws -> String {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        let text = String(decoding: try contents(ofFile: root.appending(path: "README.md").path), as: UTF8.self)
        guard let start = text.firstRange(of: start), let end = text[start.upperBound...].firstRange(of: end) else {
            throw TestFailure("the README has nothing between '\(start)' and '\(end)'")
        }
        return String(text[start.upperBound..<end.lowerBound])
    }
}
