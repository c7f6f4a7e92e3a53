import NestKVStorage

/// A position in a feed, after everything up to a revision. Clients receive it as the id of an event.
public struct FeedPosition: Hashable, Sendable {
    /// The last revision that was seen.
    public let revision: Revision
    /// The feed of the revision (``ChangePage/identity``); empty if the client gave only a revision.
    public let identity: String

    /// A position from its parts.
    public init(revision: Revision, identity: String) {
        self.revision = revision
        self.identity = identity
    }

    /// Another position in the same feed.
    public func at(_ revision: Revision) -> FeedPosition { FeedPosition(revision: revision, identity: identity) }

    /// Reads a text written by ``description``, or a plain revision; nil for any other text.
    public init?(_ text: some StringProtocol) {
        let parts = text.split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        guard let first = parts.first, !first.isEmpty, first.utf8.allSatisfy({ (0x30...0x39).contains($0) }),
            let revision = Revision(first), parts.count == 1 || !parts[1].isEmpty
        else { return nil }
        self.init(revision: revision, identity: parts.count == 2 ? String(parts[1]) : "")
    }
}

extension FeedPosition: CustomStringConvertible {
    /// `8127-k3x9q2`: the revision and the identity of the feed.
    public var description: String { identity.isEmpty ? String(revision) : "\(revision)-\(identity)" }
}

extension ChangePage {
    /// The position after all current changes of the feed.
    public var end: FeedPosition { FeedPosition(revision: current, identity: identity) }

    /// The position before all retained changes.
    public var beginning: FeedPosition { FeedPosition(revision: oldest, identity: identity) }

    /// Whether the feed has every change after a position.
    public func continues(_ position: FeedPosition) -> Bool {
        (position.identity.isEmpty || position.identity == identity) && oldest <= position.revision
            && position.revision <= current
    }
}
