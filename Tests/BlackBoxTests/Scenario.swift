import MicroJSON
import Synchronization
import TestSupport
import Testing

/// A sentence that must hold on every store, and the requests that show it.
///
/// Paths are below an entry point of the scenario's own. `{name}` in a request or an expectation is replaced by what an
/// earlier step saved under that name, `{e}` for the entry point.
struct Scenario: Sendable, CustomTestStringConvertible {
    let name: String
    let steps: [Step]

    init(_ name: String, _ steps: Step...) {
        self.name = name
        self.steps = steps
    }

    var testDescription: String { name }

    /// All scenarios, each in one place only.
    static let all = [
        paths, resolution, projecting, writing, patching, removing, conditions, versions, revisions, spellings, errors,
        live,
        service,
        listing, timeTravel, payloads, computing, expiring, batching, transacting, governing, registering, validating,
        binding, evolving, migrating, shaping, converting,
    ].flatMap(\.self)

    private static let count = Atomic(0)

    /// Carries out the steps and records the first difference; `seen` gets the answers.
    func run(on service: ServiceProcess, seen: Seen? = nil) async throws {
        let client = service.client()
        let entryPoint = "s\(Self.count.add(1, ordering: .relaxed).newValue)"
        var names = ["e": entryPoint]
        for (index, step) in steps.enumerated() {
            if step.wait > .zero { try await Task.sleep(for: step.wait) }
            let request = step.request(names)
            let reply = try await client.send(request)
            seen?.add(request, reply)
            for (header, name) in step.saved { names[name] = reply[header] ?? "" }
            let differences = try step.checks.compactMap { try $0.difference(in: reply, names) }
            guard !differences.isEmpty else { continue }
            let log = service.log.split(separator: "\n").filter { $0.contains("/\(entryPoint)") }.suffix(5)
            Issue.record(
                """
                \(name), step \(index + 1): \(request.method) \(request.target.prefix(200))
                \(differences.joined(separator: "\n"))
                answer: \(reply.status) \(reply.text.prefix(600))
                log: \(log.joined(separator: "\n     "))
                """)
            return
        }
    }
}

/// One request and what must come back.
struct Step: Sendable {
    private var method: String
    private var path: String
    private var headers: [(name: String, value: String)] = []
    private var body: String?
    private(set) var checks: [Check] = []
    private(set) var saved: [(header: String, name: String)] = []
    private(set) var wait = Duration.zero

    init(_ method: String, _ path: String, body: String? = nil) {
        self.method = method
        self.path = path
        self.body = body
    }

    /// The request, with names filled in.
    func request(_ names: [String: String]) -> HTTPRequest {
        HTTPRequest(
            method, path.filling(names), headers: headers.map { ($0.name, $0.value.filling(names)) },
            body: body.map { Array($0.filling(names).utf8) })
    }

    /// Sends a header field, too.
    func with(_ name: String, _ value: String) -> Step { changed { $0.headers.append((name, value)) } }

    /// Keeps the value of a response header for later steps.
    func saving(_ header: String, as name: String) -> Step { changed { $0.saved.append((header, name)) } }

    /// The status must be this.
    func gives(_ status: Int) -> Step { checking(.status(status)) }

    /// The status and the body's bytes must be these.
    func gives(_ status: Int, _ body: String) -> Step { checking(.status(status)).checking(.bytes(body)) }

    /// The status must be this and the body equal as JSON.
    func gives(_ status: Int, json: String) -> Step { checking(.status(status)).checking(.json(json)) }

    /// The answer must be a problem with this status and code, complete and in its media type.
    func fails(_ status: Int, _ code: String) -> Step { checking(.status(status)).checking(.problem(status, code)) }

    /// The part of the body at a JSON pointer must equal this JSON; nil: must not be there.
    func part(_ pointer: String, _ json: String?) -> Step { checking(.part(pointer, json)) }

    /// The part of the body at a JSON pointer must be a number that is not smaller than this one.
    func part(_ pointer: String, atLeast number: String) -> Step { checking(.partAtLeast(pointer, number)) }

    /// The body must contain this text.
    func containing(_ text: String) -> Step { checking(.contains(text)) }

    /// A response header must be so.
    func header(_ name: String, _ expected: HeaderValue) -> Step { checking(.header(name, expected)) }

    /// The last check must fail: what it names is otherwise.
    func failing() -> Step { changed { if let last = $0.checks.popLast() { $0.checks.append(.not(last)) } } }

    /// Waits this number of milliseconds before sending.
    func waiting(_ milliseconds: Int) -> Step { changed { $0.wait = .milliseconds(milliseconds) } }

    private func checking(_ check: Check) -> Step { changed { $0.checks.append(check) } }

    private func changed(_ change: (inout Step) -> Void) -> Step {
        var step = self
        change(&step)
        return step
    }
}

func get(_ path: String = "") -> Step { Step("GET", "/{e}" + path) }
func head(_ path: String = "") -> Step { Step("HEAD", "/{e}" + path) }
func put(_ path: String, _ body: String) -> Step { Step("PUT", "/{e}" + path, body: body) }
func post(_ path: String, _ body: String) -> Step { Step("POST", "/{e}" + path, body: body) }
func delete(_ path: String = "") -> Step { Step("DELETE", "/{e}" + path) }
func options(_ path: String = "") -> Step { Step("OPTIONS", "/{e}" + path) }
func merge(_ path: String, _ patch: String) -> Step {
    Step("PATCH", "/{e}" + path, body: patch).with("Content-Type", "application/merge-patch+json")
}
func operations(_ path: String, _ patch: String) -> Step {
    Step("PATCH", "/{e}" + path, body: patch).with("Content-Type", "application/json-patch+json")
}

extension String {
    /// This text with `{name}` replaced by the names' values.
    func filling(_ names: [String: String]) -> String {
        guard contains("{") else { return self }
        var text = self
        for (name, value) in names { text.replace("{\(name)}", with: value) }
        return text
    }
}
