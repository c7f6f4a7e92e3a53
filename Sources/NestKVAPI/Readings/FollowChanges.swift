import MicroHTTP
import NestKVCore
import NestKVEvents

extension Reading {
    /// The changes that match, as a stream.
    static let stream = Reading(
        "a stream of events", parameters: EventStreamRequest.parameters, type: EventStreamText.mediaType,
        contents: "events are", isAskedFor: \.request.prefersEventStream
    ) { call in
        try await EventStreamRequest(call, call.patterns()).response(call)
    }

    /// The changes that match, by long poll.
    static let longPoll = Reading(
        "a long poll", selector: "since", parameters: LongPoll.parameters, contents: "changes by long poll are",
        isAskedFor: { $0.query.has("since") }
    ) { call in
        try await LongPoll(call, call.patterns()).response(call)
    }
}

extension Route {
    /// `GET /_events`: the changes that match patterns, as a stream or by long poll.
    static let events = Route(
        .get, "/_events", needs: .read, readings: [.longPoll, .stream], repeatable: ["match"], common: ["match"])
}

extension Call {
    /// What is followed: the request's path, in which `+` and a final `#` are wildcards. At `/_events` those given by
    /// `?match=`, or without any, the pattern that matches all changes.
    fileprivate func patterns() throws -> [Pattern] {
        guard key.isInternal else { return [try Pattern(path: request.path, keys: api.keys)] }
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
