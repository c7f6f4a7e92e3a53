import MicroHTTP

/// A way to answer a `GET`. The query parameters of a route, and the messages about those that don't fit, derive from
/// its readings.
struct Reading: Sendable {
    /// All ways to read a path of the tree. The first that is asked for answers; the last answers all other requests.
    static let all: [Reading] = [.stream, .longPoll, .count, .keys, .history, .version, .past, .value]

    /// What it returns, with an article: `a history`.
    let name: String
    /// The parameter that asks for it, if there is one.
    let selector: String?
    /// All query parameters that it takes.
    let parameters: [String]
    /// The media type of its responses, and what they contain, for a message: `values are`.
    let type: String, contents: String
    let isAskedFor: @Sendable (Call) throws(Problem) -> Bool
    let response: @Sendable (Call) async throws -> Response

    init(
        _ name: String, selector: String? = nil, parameters: [String], type: String = MediaType.json,
        contents: String = "values are", isAskedFor: @escaping @Sendable (Call) throws(Problem) -> Bool,
        response: @escaping @Sendable (Call) async throws -> Response
    ) {
        self.name = name
        self.selector = selector
        self.parameters = parameters
        self.type = type
        self.contents = contents
        self.isAskedFor = isAskedFor
        self.response = response
    }

    /// Answers a request by the first of some readings that it asks for, otherwise by the last.
    ///
    /// - Parameter common: parameters that all of them take.
    static func answer(_ call: Call, by readings: [Reading], common: [String] = []) async throws -> Response {
        // Most requests have no parameter and don't ask for a stream, so they ask for none of the readings.
        let isPlain = call.query.isEmpty && !call.request.prefersEventStream
        let asked = isPlain ? nil : try readings.first { try $0.isAskedFor(call) }
        guard let reading = asked ?? readings.last else { throw Problem.unknownPath }
        if !call.query.isEmpty { try reading.refuseOthers(call, readings, common) }
        try call.request.requireAccepts(reading.type, reading.contents)
        return try await reading.response(call)
    }

    /// Its name, and how a client asks for it.
    private var introduction: String {
        if let selector { return "\(name) ('\(selector)')" }
        return type == MediaType.json ? name : "\(name) ('\(HeaderName.accept): \(type)')"
    }

    /// Refuses parameters that this reading doesn't take. A switch that is off asks for nothing.
    private func refuseOthers(_ call: Call, _ readings: [Reading], _ common: [String]) throws(Problem) {
        let known = parameters + common
        for name in call.query.names where !known.contains(name) {
            if let other = readings.first(where: { $0.selector == name }), try !other.isAskedFor(call) { continue }
            let others = readings.filter { $0.parameters.contains(name) }.map(\.introduction)
            throw Problem(
                .invalidParameter,
                "'\(name)' is not a parameter of \(self.name)"
                    + (others.isEmpty ? "" : ", but of \(others.joined(separator: ", "))")
                    + "; \(self.name) takes: \(known.joined(separator: ", ")).")
        }
    }
}
