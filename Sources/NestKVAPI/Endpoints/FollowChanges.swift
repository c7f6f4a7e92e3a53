import MicroHTTP
import MicroJSON
import NestKVCore
import NestKVEvents

extension Route {
    /// `GET /_events`: the changes that match patterns, as a stream or by long poll.
    static let events = Route(
        .get, "/_events", needs: .read,
        parameters: EventStreamRequest.parameters.filter { !LongPoll.parameters.contains($0) } + LongPoll.parameters,
        repeatable: ["match"]
    ) { call in
        let patterns = try call.patterns()
        guard !call.query.has("since") else { return try await longPoll(call, patterns) }
        try call.request.requireAccepts(EventStreamText.mediaType, "events are")
        return try await stream(call, patterns)
    }

    /// A stream of the changes that match.
    static func stream(_ call: Call, _ patterns: [Pattern]) async throws -> Response {
        try call.query.require(EventStreamRequest.parameters, for: "a stream of events")
        return try await EventStreamRequest(call, patterns).response(call)
    }

    /// The changes that match, by long poll.
    static func longPoll(_ call: Call, _ patterns: [Pattern]) async throws -> Response {
        try call.query.require(LongPoll.parameters, for: "a long poll")
        try call.request.requireAccepts("application/json", "changes by long poll are")
        return try await LongPoll(call, patterns).response(call)
    }
}

extension Call {
    /// The patterns given by `?match=`; without any, the pattern that matches all changes.
    fileprivate func patterns() throws -> [Pattern] {
        let texts = query.all("match")
        let limit = api.live.limits.patterns
        guard texts.count <= limit else {
            throw Problem(
                .invalidParameter, "The query parameter 'match' is given \(texts.count) times; the limit is \(limit).")
        }
        var patterns: [Pattern] = []
        for text in texts {
            // In a query a plus means a space. A path contains no unencoded space, so `users/+/x` can be read as a
            // wildcard.
            let segments = text.split(separator: "/", omittingEmptySubsequences: false).map { $0 == " " ? "+" : $0 }
            let pattern = try Pattern(path: Array(segments.joined(separator: "/").utf8)[...], keys: api.keys)
            if !patterns.contains(pattern) { patterns.append(pattern) }
        }
        return patterns.isEmpty ? [.everything] : patterns
    }
}
