import MicroHTTP
import MicroJSON
import NestKVCore

extension Route {
    /// `GET` of the composed value, and of its entry, history and versions.
    static let getValue = Route(
        .get, Route.tree, parameters: ["leaf", "entry", "pretty", "history", "limit", "version"], handle: read)
    /// `HEAD`: the same headers without the body.
    static let headValue = Route(.head, Route.tree, parameters: getValue.parameters, handle: read)

    @Sendable private static func read(_ call: Call) async throws -> Response {
        try call.request.requireAcceptsJSON()
        guard !call.query.isEmpty else { return try await readNode(call, view: .tree, isEntry: false, isPretty: false) }
        try call.query.requireAtMostOne(of: "history", "version")
        try call.query.requireAtMostOne(of: "history", "entry")
        if try call.query.flag("history") { return try await readHistory(call) }
        guard !call.query.has("limit") else {
            throw Problem(.invalidParameter, "The parameter 'limit' goes with 'history'.")
        }
        let isEntry = try call.query.flag("entry")
        let isPretty = try call.query.flag("pretty")
        if let version = try call.query.number("version", in: 1...UInt64.max) {
            return try await readVersion(call, version, isEntry: isEntry, isPretty: isPretty)
        }
        return try await readNode(call, view: call.view(), isEntry: isEntry, isPretty: isPretty)
    }

    private static func readNode(
        _ call: Call, view: View, isEntry: Bool, isPretty: Bool
    ) async throws -> Response {
        let node = try await call.store.get(call.key, view)
        let precondition = try call.request.precondition()
        if !precondition.isEmpty {
            let etag = node.etag(isEntry: isEntry, isPretty: isPretty)
            switch precondition.evaluate(node, reading: etag) {
            case .holds: break
            case .notModified: return Response(status: 304, headers: node.headers(etag: etag))
            case .failed(let reason): throw StoreError(.preconditionFailed, reason, current: node)
            }
        }
        guard node.exists else { throw notFound(call, view) }
        guard isEntry else { return node.response(pretty: isPretty) }
        let entry = try await Entry(node, in: call.store).text
        return Response(
            status: 200, headers: node.headers(etag: node.etag(isEntry: true, isPretty: isPretty)),
            body: isPretty ? entry.pretty() : entry.utf8)
    }

    private static func notFound(_ call: Call, _ view: View) -> StoreError {
        let message =
            switch view {
            case .tree: "Nothing is stored at or below \(call.key)."
            case .leaf: "No leaf is stored at exactly \(call.key); without '?leaf' its subtree is read."
            }
        return StoreError(.notFound, message)
    }
}
