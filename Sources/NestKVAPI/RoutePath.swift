import NestKVStorage

/// One of the service's own paths with its routes. In a path like `/_entrypoints/{name}`, a segment in braces matches
/// any segment.
final class RoutePath: Sendable {
    /// The path as the route table writes it.
    let path: String
    let routes: [Route]
    /// The names; nil for a segment in braces.
    private let segments: [[UInt8]?]

    private init(_ path: String) {
        self.path = path
        routes = API.routes.filter { $0.path == path }
        segments = path.split(separator: "/").map { $0.hasPrefix("{") ? nil : Array($0.utf8) }
    }

    /// All of them, in the order of the route table.
    private static let own: [RoutePath] = API.routes.map(\.path).reduce(into: []) { paths, path in
        if path != Route.tree, !paths.contains(where: { $0.path == path }) { paths.append(RoutePath(path)) }
    }

    /// The routes of every value in the tree.
    static let tree = RoutePath(Route.tree)

    /// The own path with these segments.
    static func own(_ segments: [ArraySlice<UInt8>]) -> RoutePath? {
        own.first { $0.matches(segments) }
    }

    private func matches(_ others: [ArraySlice<UInt8>]) -> Bool {
        segments.count == others.count
            && zip(segments, others).allSatisfy { segment, other in segment.map { $0.elementsEqual(other) } ?? true }
    }
}
