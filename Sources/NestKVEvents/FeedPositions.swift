import MicroText
import NestKVCore
import NestKVStorage

/// A reader's position in each of the feeds that it follows. With one feed, which is the usual case, its text is that
/// of the one position. With several feeds it contains all positions: `ep1=12-k3x9q2,ep2=44-0a7c1b`.
public struct FeedPositions: Hashable, Sendable {
    private var positions: [Feed: FeedPosition]

    /// The positions in some feeds.
    public init(_ positions: [Feed: FeedPosition]) {
        self.positions = positions
    }

    /// The position in a feed; nil if it isn't followed.
    public subscript(feed: Feed) -> FeedPosition? {
        get { positions[feed] }
        set { positions[feed] = newValue }
    }

    /// The feeds.
    public var feeds: [Feed] { Array(positions.keys) }

    /// The smallest of the revisions.
    public var revision: Revision { positions.values.map { $0.revision }.min() ?? 0 }

    /// Reads a text written by ``description`` for several feeds; nil for any other text.
    public init?(list text: some StringProtocol) {
        var positions: [Feed: FeedPosition] = [:]
        for part in text.split(separator: ",", omittingEmptySubsequences: false) {
            guard let equals = part.lastIndex(of: "="), let name = part[..<equals].percentDecodedBytes, !name.isEmpty,
                let position = FeedPosition(part[part.index(after: equals)...]),
                positions.updateValue(position, forKey: Feed(entryPoint: name)) == nil
            else { return nil }
        }
        self.init(positions)
    }
}

extension FeedPositions: CustomStringConvertible {
    /// The id of a client that follows feeds that don't exist yet.
    public static let nowhere = "none"

    /// The text that a client receives as an id.
    public var description: String {
        if positions.isEmpty { return Self.nowhere }
        if positions.count == 1, let only = positions.values.first { return only.description }
        return positions.map { feed, position in "\(Self.encoded(feed.entryPoint ?? []))=\(position)" }.sorted()
            .joined(separator: ",")
    }

    /// A name in this text. Commas are encoded, because they separate positions.
    private static func encoded(_ name: [UInt8]) -> String {
        name.percentEncoded.replacing(",", with: "%2C")
    }
}

extension Store {
    /// The feeds that contain the changes matching these patterns, and whether matching feeds may be created later.
    public func feeds(of patterns: [Pattern]) async throws(StoreError) -> (feeds: [Feed], mayGrow: Bool) {
        guard capabilities.revisionScope == .entryPoint else { return ([.store], false) }
        var names: Set<[UInt8]> = []
        var mayGrow = false
        for pattern in patterns {
            if case .name(let name)? = pattern.segments.first { names.insert(name) } else { mayGrow = true }
        }
        if mayGrow { names.formUnion(try await allEntryPoints()) }
        return (names.map { Feed(entryPoint: $0) }, mayGrow)
    }

    /// The names of all entry points.
    public func allEntryPoints() async throws(StoreError) -> [[UInt8]] {
        var names: [[UInt8]] = []
        while true {
            let page = try await self.names(below: .root, after: names.last, limit: 1000)
            guard !page.isEmpty else { return names }
            names += page
        }
    }
}
