import MicroJSON
import Synchronization
import TestSupport
import Testing

/// The service against its own OpenAPI document, both ways: it answers with nothing that isn't written there, and what
/// is written there is seen.
@Suite(.sharedServices, .timeLimit(.minutes(3)))
struct SpecificationTests {
    /// What no scenario can provoke: a store that is away, full, slow or can't, a client that is slow, another version.
    private static let provokedElsewhere: Set<String> = ["408", "500", "501", "503", "504", "505", "507"]

    /// What these scenarios show only on services with other settings (`CommandLineTests`), or after a crash: a
    /// repeated request whose first answer is lost is 409 (`RestartTests`).
    private static func needsSettings(_ operation: String, _ status: String) -> Bool {
        status == "422" || (status == "404" && operation.hasPrefix("OPTIONS "))
            || (status == "409" && (operation.hasPrefix("PUT ") || operation.hasPrefix("DELETE ")))
    }

    @Test func `answers and documented answers are the same`() async throws {
        let service = try SharedServices.service(StoreKind.tested[0])
        let specification = try await Specification(service.client().send("GET", "/_openapi.json").json())
        let seen = Seen()
        for scenario in Scenario.all { try await scenario.run(on: service, seen: seen) }
        for answer in seen.all.sorted() {
            guard let statuses = specification.statuses[answer.operation] else { continue }
            #expect(statuses.contains(answer.status), "\(answer.operation) answers \(answer.status), undocumented")
        }
        let answered = Set(seen.all)
        for (operation, statuses) in specification.statuses where operation.hasSuffix(Specification.tree) {
            for status in statuses.subtracting(Self.provokedElsewhere).sorted()
            where !Specification.isRefusalBeforeRouting(status) && !Self.needsSettings(operation, status) {
                let isSeen = answered.contains(Seen.Answer(operation: operation, status: status))
                #expect(isSeen, "\(operation) never answers \(status)")
            }
        }
    }
}

/// What an OpenAPI document says of paths, methods and statuses.
struct Specification {
    static let tree = "/{entryPoint}/{path}"

    /// The statuses by operation: `GET /_health/live`.
    private(set) var statuses: [String: Set<String>] = [:]

    init(_ document: JSONValue) {
        for (path, item) in Self.members(document, "paths") {
            guard case .object(let operations) = item else { continue }
            for operation in operations {
                let method = String(decoding: operation.name, as: UTF8.self).uppercased()
                let responses = Self.members(operation.value, "responses").map(\.name)
                if !responses.isEmpty { statuses["\(method) \(path)"] = Set(responses) }
            }
        }
    }

    private static func members(_ value: JSONValue, _ name: String) -> [(name: String, value: JSONValue)] {
        guard case .object(let members)? = value.value(at: [Array(name.utf8)]) else { return [] }
        return members.map { (String(decoding: $0.name, as: UTF8.self), $0.value) }
    }

    /// Whether the HTTP server answers so by itself, for every operation alike: one is enough.
    static func isRefusalBeforeRouting(_ status: String) -> Bool {
        ["413", "414", "421", "431", "400"].contains(status)
    }

    /// The operation that a request belongs to.
    static func operation(_ request: HTTPRequest) -> String {
        let path = request.target.prefix { $0 != "?" }
        let isOwn = path == "/" || path.hasPrefix("/_")
        return "\(request.method) \(isOwn ? String(path) : tree)"
    }
}

/// The statuses that were seen.
final class Seen: Sendable {
    struct Answer: Hashable, Comparable {
        let operation: String
        let status: String

        static func < (one: Answer, other: Answer) -> Bool {
            (one.operation, one.status) < (other.operation, other.status)
        }
    }

    private let answers = Mutex<Set<Answer>>([])

    var all: Set<Answer> { answers.withLock { $0 } }

    func add(_ request: HTTPRequest, _ reply: Reply) {
        let answer = Answer(operation: Specification.operation(request), status: "\(reply.status)")
        answers.withLock { _ = $0.insert(answer) }
    }
}
