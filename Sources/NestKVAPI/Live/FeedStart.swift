import MicroJSON
import NestKVCore
import NestKVEvents

/// Where a client wants to begin: an id that it was given, or a word.
enum FeedStart: Sendable {
    /// Behind this place in the one feed.
    case place(FeedPosition)
    /// Behind these places in several feeds.
    case places(FeedPositions)
    /// With the oldest change that is retained.
    case earliest
    /// With the next change.
    case now
    /// Something that was never an id.
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

    /// Whether it is an id, right or wrong.
    var isPlace: Bool {
        switch self {
        case .place, .places: true
        default: false
        }
    }

    /// Where that is in some feeds as they are now.
    ///
    /// - Parameter mayGrow: whether they are all that there are now, so that one which an id doesn't know has come
    ///   since.
    func resolve(_ feeds: [Feed], mayGrow: Bool, in store: any Store) async throws(StoreError) -> Resolved {
        var resolved = Resolved()
        var isKnown = false
        for feed in feeds {
            let page = try await store.changes(in: feed, after: .max, limit: 1)
            resolved.current[feed] = page.end
            resolved.oldest = min(resolved.oldest, page.oldest)
            switch self {
            case .earliest: resolved.positions[feed] = page.beginning
            case .now: resolved.positions[feed] = page.end
            case .nonsense: resolved.isLost = true
            case .place(let place):
                // Of several feeds it is one's: the others have come since.
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

    /// Places in feeds.
    struct Resolved: Sendable {
        /// Where to go on.
        var positions = FeedPositions([:])
        /// Whether the id is not of these feeds, or too old, so that changes after it are missing.
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

        /// Appends the event that tells a client to forget what it knows. Its id leads here again, should the stream
        /// break before the client has everything.
        func writeReset(to text: inout EventStreamText) {
            text.id("reset")
            text.event("reset")
            text.data { json in
                json.beginObject()
                json.name("oldest")
                json.integer(oldest)
                json.name("current")
                json.integer(current.revision)
                json.endObject()
            }
            text.end()
        }
    }
}
