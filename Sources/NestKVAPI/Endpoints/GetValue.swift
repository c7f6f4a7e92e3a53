import MicroHTTP
import MicroJSON
import NestKVCore
import NestKVEvents

extension Route {
    /// `GET` of the composed value, and of its entry, history and versions; of its changes, too.
    static let getValue = Route(
        .get, Route.tree,
        parameters: valueParameters + ["limit", "since", "wait"] + EventStreamRequest.parameters, handle: read)
    private static let valueParameters = ["leaf", "entry", "pretty", "history", "version"]
    /// `HEAD`: the same headers without the body.
    static let headValue = Route(.head, Route.tree, parameters: getValue.parameters, handle: read)

    @Sendable private static func read(_ call: Call) async throws -> Response {
        if call.request.prefersEventStream { return try await stream(call, [call.pattern()]) }
        if call.query.has("since") { return try await longPoll(call, [call.pattern()]) }
        try call.request.requireAccepts("application/json")
        guard !call.query.isEmpty else { return try await readNode(call, view: .tree, isEntry: false, isPretty: false) }
        try call.query.requireAtMostOne(of: "history", "version")
        try call.query.requireAtMostOne(of: "history", "entry")
        if try call.query.flag("history") {
            try call.query.require(["history", "limit", "leaf", "pretty"], for: "a history")
            return try await readHistory(call)
        }
        try call.query.require(
            valueParameters, for: "a value (a stream needs 'Accept: text/event-stream', a long poll 'since')")
        let isEntry = try call.query.flag("entry")
        if let version = try call.query.number("version", in: 1...UInt64.max) {
            return try await readVersion(call, version, isEntry: isEntry, isPretty: call.isPretty)
        }
        return try await readNode(call, view: call.view(), isEntry: isEntry, isPretty: call.isPretty)
    }

    private static func readNode(
        _ call: Call, view: View, isEntry: Bool, isPretty: Bool
    ) async throws -> Response {
        let node = try await call.store.get(call.key, view)
        let isNotModified = try call.isNotModified(node, node.etag(isEntry: isEntry, isPretty: isPretty))
        guard node.exists else { throw StoreError.notFound(call.key, view) }
        let response =
            isEntry ? try await entryResponse(node, call, isPretty: isPretty) : node.response(pretty: isPretty)
        return isNotModified ? response.notModified : response
    }

    private static func entryResponse(_ node: Node, _ call: Call, isPretty: Bool) async throws -> Response {
        let entry = try await Entry(node, in: call.store).text
        return Response(
            status: 200, headers: node.headers(etag: node.etag(isEntry: true, isPretty: isPretty)),
            body: isPretty ? entry.pretty() : entry.utf8)
    }
}

extension Call {
    /// The path as a pattern: `+` and a last `#` are wildcards in it.
    fileprivate func pattern() throws(StoreError) -> Pattern {
        try Pattern(path: request.path, keys: api.keys)
    }

    /// Whether a read's conditions say that the client has the representation already.
    ///
    /// - Throws: 412 when they fail.
    func isNotModified(_ node: Node, _ etag: @autoclosure () -> EntityTag) throws -> Bool {
        let precondition = try request.precondition()
        guard !precondition.isEmpty else { return false }
        switch precondition.evaluate(node, reading: etag()) {
        case .holds: return false
        case .notModified: return true
        case .failed(let reason): throw StoreError(.preconditionFailed, reason, current: node)
        }
    }
}

extension Response {
    /// The 304 in place of this response. It keeps the body, which is never sent, for its length (RFC 9110 §8.6).
    var notModified: Response {
        var response = materialised
        response.status = 304
        return response
    }
}
