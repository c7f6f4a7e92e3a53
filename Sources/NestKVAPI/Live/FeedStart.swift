import MicroJSON
import NestKVCore
import NestKVEvents
import NestKVStorage

/// Where a client asks to begin: after an id that it received, or at a place named by a word.
enum FeedStart: Sendable {
    /// After this position in the only feed.
    case place(FeedPosition)
    /// After these positions in several feeds.
    case places(FeedPositions)
    /// With the oldest retained change.
    case earliest
    /// With the next change.
    case now
    /// A text that is not an id.
    case nonsense

    /// Reads an id, a plain revision, `earliest` or `now`.
    init(_ text: String) {
        switch text {
        case "now", "": self = .now
        case "earliest": self = .earliest
        case FeedPositions.nowhere: self = .places(FeedPositions([:]))
        default:
            self =
                FeedPosition(text).map(FeedStart.place) ?? FeedPositions(list: text).map(FeedStart.places) ?? .nonsense
        }
    }

    /// Whether it is an id, valid for this store or not.
    var isPlace: Bool {
        switch self {
        case .place, .places: true
        default: false
        }
    }

    /// The position of this start in some feeds as they are now.
    ///
    /// - Parameter mayGrow: whether these are all feeds that exist now, so that a feed which is missing in an id was
    ///   created after it.
    func resolve(_ feeds: [Feed], mayGrow: Bool, in store: any Store) async throws(StoreError) -> Resolved {
        var resolved = Resolved()
        var isKnown = false
        for feed in feeds {
            let page = try await store.extent(of: feed)
            resolved.current[feed] = page.end
            resolved.oldest = min(resolved.oldest, page.oldest)
            switch self {
            case .earliest: resolved.positions[feed] = page.beginning
            case .now: resolved.positions[feed] = page.end
            case .nonsense: resolved.isLost = true
            case .place(let place):
                // With several feeds the position belongs to one of them; the others were created since.
                let isItsFeed = feeds.count == 1 || place.identity == page.identity
                isKnown = isKnown || isItsFeed
                resolved.take(isItsFeed ? place : mayGrow ? page.beginning : nil, in: feed, page)
            case .places(let places):
                resolved.take(places[feed] ?? (mayGrow ? page.beginning : nil), in: feed, page)
            }
        }
        if case .place = self, !feeds.isEmpty, !isKnown { resolved.isLost = true }
        if resolved.isLost { resolved.positions = resolved.current }
        return resolved
    }

    /// Positions in feeds.
    struct Resolved: Sendable {
        /// Where to continue.
        var positions = FeedPositions([:])
        /// Whether the id belongs to other feeds or is too old, so that changes after it are missing.
        var isLost = false
        /// The smallest revision after which one of the feeds is complete.
        var oldest = Revision.max
        /// Where the feeds end.
        var current = FeedPositions([:])

        fileprivate mutating func take(_ place: FeedPosition?, in feed: Feed, _ page: ChangePage) {
            if let place, page.continues(place) {
                positions[feed] = page.end.at(place.revision)
            } else {
                isLost = true
            }
        }

        /// Appends the `reset` event, which tells a client to discard its state. If the stream breaks before the client
        /// has received everything, the event's id leads to a `reset` again.
        func writeReset(to text: inout EventStreamText) {
            text.id("reset")
            text.event("reset")
            text.data { json in
                json.object { json in
                    json.member("oldest", oldest)
                    json.member("current", current.revision)
                }
            }
            text.end()
        }
    }
}
