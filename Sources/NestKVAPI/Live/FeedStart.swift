import MicroJSON
import NestKVCore
import NestKVEvents

/// Where a client wants to begin: an id that it was given, or a word.
enum FeedStart: Sendable {
    /// Behind this place.
    case place(FeedPosition)
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
        default: self = FeedPosition(text).map(FeedStart.place) ?? .nonsense
        }
    }

    /// Whether it is an id, right or wrong.
    var isPlace: Bool {
        if case .place = self { return true }
        return false
    }

    /// Where that is in the feed as it is now.
    func resolve(in store: any Store) async throws(StoreError) -> Resolved {
        let page = try await store.changes(in: .store, after: .max, limit: 1)
        let (position, isLost) =
            switch self {
            case .place(let place) where page.continues(place):
                (FeedPosition(revision: place.revision, identity: page.identity), false)
            case .place, .nonsense: (page.end, true)
            case .earliest: (page.beginning, false)
            case .now: (page.end, false)
            }
        return Resolved(position: position, isLost: isLost, oldest: page.beginning, current: page.end)
    }

    /// A place in the feed.
    struct Resolved: Sendable {
        /// Where to go on.
        let position: FeedPosition
        /// Whether the id is not of this feed, or too old, so that changes after it are missing.
        let isLost: Bool
        let oldest: FeedPosition
        let current: FeedPosition

        /// Appends the event that tells a client to forget what it knows. Its id leads here again, should the stream break
        /// before the client has everything.
        func writeReset(to text: inout EventStreamText) {
            var json = JSONWriter()
            json.beginObject()
            json.name("oldest")
            json.integer(oldest.revision)
            json.name("current")
            json.integer(current.revision)
            json.endObject()
            text.id("reset")
            text.event("reset")
            text.data(json.bytes)
            text.end()
        }
    }
}
