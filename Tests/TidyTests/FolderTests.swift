import Testing

/// The folders of a target form layers.
@Suite struct FolderTests {
    /// A file that names a type of another folder depends on that folder. The files beside a target's folders are a
    /// folder as well.
    @Test func `no folder of a target depends on one that depends on it`() throws {
        let files = try Repository.files(in: ["Sources"], endingIn: [".swift"]).map(SourceFile.init)
        for (target, files) in Dictionary(grouping: files, by: \.target) {
            let uses = Self.uses(among: files)
            for folder in uses.keys.sorted() {
                for other in uses[folder, default: [:]].keys.sorted() where folder < other {
                    guard let back = Self.path(from: other, to: folder, uses) else { continue }
                    let circle = zip([folder] + back, back).map { from, to in
                        "'\(from)' uses \(uses[from]?[to]?.sorted().first ?? "") of '\(to)'"
                    }
                    Issue.record("\(target): \(circle.joined(separator: ", "))")
                }
            }
        }
    }

    /// For each folder, the folders whose types it names, with the names.
    private static func uses(among files: [SourceFile]) -> [String: [String: Set<String>]] {
        var homes: [String: Set<String>] = [:]
        for file in files { for type in file.types { homes[type, default: []].insert(file.folder) } }
        var uses: [String: [String: Set<String>]] = [:]
        for file in files {
            for name in file.names {
                // A name that two folders define doesn't tell which is meant.
                guard let home = homes[name], home.count == 1, let folder = home.first, folder != file.folder else {
                    continue
                }
                uses[file.folder, default: [:]][folder, default: []].insert(name)
            }
        }
        return uses
    }

    /// The folders of a shortest way from one folder to another, both included; nil without a way.
    private static func path(from start: String, to end: String, _ uses: [String: [String: Set<String>]]) -> [String]? {
        var paths = [[start]]
        var seen: Set = [start]
        while !paths.isEmpty {
            let path = paths.removeFirst()
            guard let last = path.last, last != end else { return path }
            for next in uses[last, default: [:]].keys.sorted() where seen.insert(next).inserted {
                paths.append(path + [next])
            }
        }
        return nil
    }
}

/// A source with the types that it defines and those that it names.
private struct SourceFile {
    let target: String
    /// The folder in the target; empty for a file beside the folders.
    let folder: String
    /// The types that are not nested in others.
    var types: Set<String> = []
    var names: Set<String> = []

    init(_ file: Repository.File) {
        var path = file.path.split(separator: "/").dropFirst()
        let isGrouped = ["Drivers", "Tools"].contains(path.first ?? "")
        target = path.prefix(isGrouped ? 2 : 1).joined(separator: "/")
        path = path.dropFirst(isGrouped ? 2 : 1)
        folder = path.count > 1 ? String(path.first ?? "") : ""
        var isInText = false
        for line in file.lines {
            // The text of a string of several lines is not code.
            if line.contains("\"\"\"") { isInText.toggle() }
            guard !isInText else { continue }
            let code = line.replacing(/"(?:[^"\\]|\\.)*"|\/\/.*/, with: "")
            let words = code.split { !$0.isLetter && !$0.isNumber && $0 != "_" }
            names.formUnion(words.filter { $0.first?.isUppercase == true }.map(String.init))
            // What is private can't be meant in another file.
            guard line.first != " ", !code.contains("private "),
                let keyword = words.firstIndex(where: {
                    ["struct", "class", "enum", "protocol", "actor", "typealias"].contains($0)
                }), keyword + 1 < words.count
            else { continue }
            types.insert(String(words[keyword + 1]))
        }
    }
}
