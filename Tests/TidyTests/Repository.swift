import FoundationEssentials

/// The files of this repository, as text.
enum Repository {
    static let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// A file by lines.
    struct File: CustomStringConvertible {
        /// Its path from the root, like `docs/http.md`.
        let path: String
        let lines: [Substring]

        var description: String { path }
    }

    /// The files below some folders, or named themselves, whose names end in one of `suffixes`; build folders left out.
    static func files(in places: [String], endingIn suffixes: [String]) throws -> [File] {
        try places.flatMap { place -> [File] in
            let url = root.appending(path: place)
            let isFile = suffixes.contains { place.hasSuffix($0) }
            let below = isFile ? [] : try FileManager.default.subpathsOfDirectory(atPath: url.path).sorted()
            let paths = isFile ? [place] : below.map { "\(place)/\($0)" }
            return try paths.filter { path in suffixes.contains { path.hasSuffix($0) } }.map(file)
        }
    }

    /// All Swift sources, those of the tests included.
    static func swiftFiles() throws -> [File] {
        try files(in: ["Package.swift", "Sources", "Tests"], endingIn: [".swift"])
    }

    /// The README and all pages in `docs/`.
    static func pages() throws -> [File] {
        try files(in: ["README.md", "docs"], endingIn: [".md"])
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appending(path: path).path)
    }

    private static func file(_ path: String) throws -> File {
        let text = String(decoding: try Data(contentsOf: root.appending(path: path)), as: UTF8.self)
        return File(path: path, lines: text.split(separator: "\n", omittingEmptySubsequences: false))
    }
}
