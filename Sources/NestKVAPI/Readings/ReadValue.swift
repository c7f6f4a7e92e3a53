import MicroHTTP
import MicroJSON
import NestKVCore
import NestKVStorage

extension Reading {
    private static let parameters = ["leaf", "entry", "pretty", "shallow", "depth", "tag"]

    /// The value that the path had in the past.
    static let past = Reading(
        "a past value", selector: "at", parameters: parameters + ["at"], isAskedFor: { $0.query.has("at") }
    ) { call in
        try await ValueRead(call).response(call)
    }

    /// The value at the path, in the shape of its schema or another one.
    static let value = value(parameters + ["schema"])
    /// The value of a leaf of the service's own.
    static let ownValue = value(parameters)

    private static func value(_ parameters: [String]) -> Reading {
        Reading("a value", parameters: parameters, isAskedFor: { _ in true }) { call in
            try await ValueRead(call).response(call)
        }
    }
}

extension Route {
    /// `GET`: returns the composed value, its entry, history, versions or keys, or follows its changes.
    static let getValue = Route(
        .get, Route.tree, needs: .read, readings: Reading.all, repeatable: ["tag"],
        respondAtOnce: ValueRead.respondAtOnce)
    /// `HEAD`: returns the headers of `GET` without the body.
    static let headValue = Route(
        .head, Route.tree, needs: .read, readings: Reading.all, repeatable: ["tag"],
        respondAtOnce: ValueRead.respondAtOnce)
}

/// A read of a value: the selected part and its form.
private struct ValueRead {
    var view = View.tree
    var selection = Selection.everything
    var moment: Moment?
    var isEntry = false
    var isPretty = false

    /// The whole composed value, unformatted.
    static let whole = ValueRead()

    private init() {}

    init(_ call: Call) throws {
        guard !call.query.isEmpty else { return }
        try call.query.requireAtMostOne(of: "shallow", "depth")
        view = try call.view()
        let depth = try call.query.number("depth", in: 1...1000)
        selection = Selection(tags: try call.query.tags(), depth: try call.query.flag("shallow") ? 1 : depth)
        if selection.depth != nil { try call.query.requireAtMostOne(of: "shallow", "depth", "entry") }
        moment = try call.query.moment("at")
        isEntry = try call.query.flag("entry")
        isPretty = call.isPretty
    }

    /// The parameters with which a read is answered at once: they choose the view, the layout and the shape.
    private static let parametersAtOnce: Set = ["leaf", "pretty", "schema"]

    /// Answers most reads: a whole value that can be read without waiting, and composed without holding up others.
    @Sendable static func respondAtOnce(_ call: Call) throws -> Response? {
        guard call.query.isWithin(parametersAtOnce), !call.request.prefersEventStream else { return nil }
        try call.request.requireAccepts(MediaType.json)
        return try (call.query.isEmpty ? whole : ValueRead(call)).respondAtOnce(call)
    }

    private func respondAtOnce(_ call: Call) throws -> Response? {
        guard var node = try call.store.getAtOnce(call.key, view) else { return nil }
        if node.isLarge, try !isReady(node, for: call.request) { return nil }
        var unchanged: Unchanged?
        // The server may keep the response from the second read on, so that a look at every path displaces nothing.
        if call.request.mayKeepReply, node.wasReadBefore, !node.isLarge, !node.mayExpire {
            unchanged = call.store.unchanged(call.key)
            // Read after that, so that no change between the two is missed.
            if unchanged != nil, let now = try call.store.getAtOnce(call.key, view), !now.isLarge, !now.mayExpire {
                node = now
            } else {
                unchanged = nil
            }
        }
        let isNotModified = try call.isNotModified(node, etag(node))
        if isNotModified, !call.request.hasHeader(.ifNoneMatch) { return nil }
        guard node.exists else { throw notFound(call.key) }
        var response = try node.response(pretty: isPretty, call.store.limits)
        response.isCurrent = unchanged
        return isNotModified ? response.notModified : response
    }

    func response(_ call: Call) async throws -> Response {
        let node = try await node(call)
        guard node.isLarge, try !isReady(node, for: call.request) else { return try await response(to: call, node) }
        return try await call.computing(with: Parcel(consume node)) { try await response(to: call, $0) }
    }

    /// Whether the response needs no computation, however large the node is. Conditions would compute its entity tag.
    private func isReady(_ node: Node, for request: Request) throws -> Bool {
        guard !isEntry, selection.depth == nil, node.hasReadyResponse(pretty: isPretty) else { return false }
        return try request.precondition().isEmpty
    }

    private func response(to call: Call, _ node: Node) async throws -> Response {
        var isNotModified = try call.isNotModified(node, etag(node))
        if isNotModified { isNotModified = try await call.isCertain(node) }
        guard node.exists else { throw notFound(call.key) }
        let response = try await response(node, call)
        return isNotModified ? response.notModified : response
    }

    private func node(_ call: Call) async throws -> Node {
        guard let moment else {
            return selection.isEverything
                ? try await call.store.get(call.key, view) : try await call.store.get(call.key, view, selection)
        }
        return try await call.store.get(call.key, view, at: moment).selecting(selection.tags)
    }

    private func etag(_ node: Node) -> EntityTag {
        let etag = node.etag(isEntry: isEntry, isPretty: isPretty)
        return selection.depth.map { etag.variant("depth=\($0)") } ?? etag
    }

    private func response(_ node: Node, _ call: Call) async throws -> Response {
        guard isEntry || selection.depth != nil else { return try node.response(pretty: isPretty, call.store.limits) }
        let text: JSONText
        if let depth = selection.depth {
            text = node.composed().cut(depth: depth)
        } else {
            text = try await Entry(node, in: call.store).text
        }
        return Response(
            status: 200, headers: node.headers(etag: etag(node)),
            body: try text.body(isPretty: isPretty, call.store.limits))
    }

    private func notFound(_ key: Key) -> StoreError {
        guard moment != nil || !selection.tags.isEmpty else { return .notFound(key, view) }
        let place = view == .leaf ? "No leaf was stored at exactly" : "Nothing was stored at or below"
        let then = moment.map { " at \($0)" } ?? ""
        let tags = selection.tags.isEmpty ? "" : " with all of these tags: \(selection.tags.joined(separator: ", "))"
        return StoreError(.notFound, "\(place) \(key)\(then)\(tags).")
    }
}

extension Call {
    /// Whether the read's conditions show that the client already has this representation.
    ///
    /// - Throws: 412 when they fail.
    func isNotModified(_ node: Node, _ etag: @autoclosure () -> EntityTag) throws -> Bool {
        let precondition = try request.precondition()
        guard !precondition.isEmpty else { return false }
        switch precondition.evaluate(node, reading: etag()) {
        case .holds: return false
        case .notModified: return true
        case .failed(let failure): throw StoreError.unmet(failure, current: node)
        }
    }

    /// Whether the result of ``isNotModified(_:_:)`` is certain for a node.
    ///
    /// A date is certain only if the previous record was made in a different second (RFC 9110 §8.8.2.2). After a clock
    /// was set back, both may have the same time.
    func isCertain(_ node: Node) async throws -> Bool {
        guard !request.hasHeader(.ifNoneMatch) else { return true }
        guard let record = node.soleRecord, record.version > 1 else { return true }
        guard let before = try await store.record(before: record.version, of: record.key) else { return false }
        return before.updatedAt.seconds < record.updatedAt.seconds
    }
}
