import NestKVCore

/// Where a reader stands in each of the feeds that it follows. With one feed, which is what almost everybody has, its
/// text is that of the one position; with several it carries one for each: `ep1=12-k3x9q2,ep2=44-0a7c1b`.
public struct FeedPositions: Hashable, Sendable {
    private var positions: [Feed: FeedPosition]

    /// The places in some feeds.
    public init(_ positions: [Feed: FeedPosition]) {
        self.positions = positions
    }

    /// The place in a feed; nil: it isn't followed.
    public subscript(feed: Feed) -> FeedPosition? {
        get { positions[feed] }
        set { positions[feed] = newValue }
    }

    /// The feeds.
    public var feeds: [Feed] { Array(positions.keys) }

    /// The smallest revision among them.
    public var revision: Revision { positions.values.map { $0.revision }.min() ?? 0 }

    /// Reads what ``description`` writes for several feeds; nil for anything else.
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
    /// The id of who follows feeds that are not there yet.
    public static let nowhere = "none"

    /// What a client gets as an id.
    public var description: String {
        if positions.isEmpty { return Self.nowhere }
        if positions.count == 1, let only = positions.values.first { return only.description }
        return positions.map { feed, position in "\(Self.encoded(feed.entryPoint ?? []))=\(position)" }.sorted()
            .joined(separator: ",")
    }

    /// A comma stands between positions.
    private static func encoded(_ name: [UInt8]) -> String {
        name.percentEncoded.replacing(",", with: "%2C")
    }
}

extension Store {
    /// The feeds in which changes that match patterns stand now, and whether there may be more of them later.
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
