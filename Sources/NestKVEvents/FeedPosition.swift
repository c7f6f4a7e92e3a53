import NestKVCore

/// A place in a feed: everything up to a revision was seen. What a client gets as the id of an event.
public struct FeedPosition: Hashable, Sendable {
    /// The last revision that was seen.
    public let revision: Revision
    /// Which feed it is a revision of (``ChangePage/identity``); empty: the one who says it doesn't know.
    public let identity: String

    /// A place from its parts.
    public init(revision: Revision, identity: String) {
        self.revision = revision
        self.identity = identity
    }

    /// Another place in the same feed.
    public func at(_ revision: Revision) -> FeedPosition { FeedPosition(revision: revision, identity: identity) }

    /// Reads what ``description`` writes, and a plain revision. Nil for anything else.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, !first.isEmpty, first.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let revision = Revision(first), parts.count == 1 || !parts[1].isEmpty
        else { return nil }
        self.init(revision: revision, identity: parts.count == 2 ? String(parts[1]) : "")
    }
}

extension FeedPosition: CustomStringConvertible {
    /// `8127-k3x9q2`: the revision and what names the feed.
    public var description: String { identity.isEmpty ? String(revision) : "\(revision)-\(identity)" }
}

extension ChangePage {
    /// The place behind everything that the feed has now.
    public var end: FeedPosition { FeedPosition(revision: current, identity: identity) }

    /// The place before everything that is retained.
    public var beginning: FeedPosition { FeedPosition(revision: oldest, identity: identity) }

    /// Whether the feed has every change after a place.
    public func continues(_ position: FeedPosition) -> Bool {
        (position.identity.isEmpty || position.identity == identity) && oldest <= position.revision
            && position.revision <= current
    }
}
