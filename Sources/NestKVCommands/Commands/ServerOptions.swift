import ArgumentParser
import MicroJSON
import MicroText
import NestKVCore

/// Which server a command talks to.
package struct ServerOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Server: http://host:port (default: $\(Environment.server) or http://localhost:8080)", valueName: "url"))
    var server: String?
    @Option(help: ArgumentHelp("Time limit of one request", valueName: "duration"))
    var timeout: String = "30s"

    package init() {}

    /// A client of the server.
    package func client() throws(CommandFailure) -> HTTPClient {
        HTTPClient(server: try url(), timeout: try Self.duration(timeout, "--timeout"))
    }

    /// The duration that an option's text means.
    package static func duration(
        _ text: String, _ option: String, _ grammar: Grammar<Duration> = .duration()
    ) throws(CommandFailure) -> Duration {
        guard let duration = grammar.read(text) else { throw .usage(grammar.refusal(of: text, at: option)) }
        return duration
    }

    /// The address of the server.
    package func url() throws(CommandFailure) -> ServerURL {
        if let server { return try ServerURL(server) }
        guard let server = Environment.variables[Environment.server], !server.isEmpty else {
            return ServerURL(host: "localhost", port: 8080)
        }
        return try ServerURL(server, from: Environment.server)
    }
}

/// A server's complete answer to a successful request.
package struct Answer {
    let status: Int
    let body: [UInt8]
    /// The value of a header field, whatever the case of its name; nil if there is no such field.
    let field: (String) -> Substring?

    /// The body as JSON.
    package func json() throws(CommandFailure) -> JSONText {
        do throws(JSONSyntaxError) {
            return try JSONText(parsing: body, limits: .anyServer)
        } catch {
            throw .failure("The server's answer is not JSON: \(error).")
        }
    }
}

extension HTTPClient {
    private static let answerBytesMax = 1 << 30

    /// Sends a request and reads its answer.
    ///
    /// - Throws: ``CommandFailure`` with the exit code of the problem.
    package func ask(
        _ method: String, _ target: String, fields: [(name: String, value: String)] = [], body: [UInt8]? = nil
    ) throws(CommandFailure) -> Answer {
        try once { try fetch(method, target, fields: fields, body: body) }
    }

    /// Sends a request and reads its answer, for callers that may try again.
    ///
    /// - Throws: ``ClientFailure``, or ``ServerProblem`` if the server refused the request.
    func fetch(
        _ method: String, _ target: String, fields: [(name: String, value: String)] = [], body: [UInt8]? = nil
    ) throws -> Answer {
        let reply = try send(method, target, fields: fields, body: body)
        let bytes = try reply.body(limit: Self.answerBytesMax)
        guard (200..<300).contains(reply.status) else { throw ServerProblem(reply.status, bytes) }
        return Answer(status: reply.status, body: bytes) { reply[$0] }
    }

    /// Calls `body` once, and turns its error into the command's.
    func once<Result>(_ body: () throws -> Result) throws(CommandFailure) -> Result {
        do {
            return try body()
        } catch {
            throw failure(error)
        }
    }

    /// The failure that an error means for the command.
    func failure(_ error: any Error) -> CommandFailure {
        switch error {
        case let failure as CommandFailure: failure
        case let problem as ServerProblem: problem.failure
        case let failure as ClientFailure: .failure("\(server): \(failure.message).")
        default: .failure("\(error)")
        }
    }
}

/// Why a server refused a request (RFC 9457).
struct ServerProblem: Error {
    let status: Int
    /// The problem's detail, status and code. An answer that is not a problem document has only a status.
    let detail: String
    /// The problem's code; nil if it has none.
    let code: String?
    private let problem: JSONText?
    /// The path that the problem is about; nil if it names none.
    var path: String? { problem?.text(at: "path") }

    init(_ status: Int, _ body: [UInt8]) {
        let problem = try? JSONText(parsing: body, limits: .anyServer)
        self.init(status, problem)
    }

    init(_ status: Int, _ problem: JSONText?) {
        self.status = status
        code = problem?.text(at: "code")
        let label = code.map { " \($0)" } ?? ""
        detail = "\(problem?.text(at: "detail") ?? "The server refused the request.") (\(status)\(label))"
        self.problem = problem
    }

    /// Whether the request may succeed a little later: the store, or a proxy, is unavailable or busy.
    var isPassing: Bool { [429, 502, 503, 504].contains(status) }

    /// The failure that the problem means for the command.
    var failure: CommandFailure { failure(about: nil) }

    /// The failure that the problem means for the command, with a line for each rule that a document breaks.
    ///
    /// - Parameter document: the name of the document in these lines; nil: they don't name it.
    func failure(about document: String?) -> CommandFailure {
        var lines = problem?.slice(at: [Array("errors".utf8)]).map { SchemaErrorLine.lines(document, $0) } ?? []
        if code == "incompatible-schema", let problem { lines += CompatibilityVerdict(problem).reasons }
        if lines.isEmpty, let document, let place = problem?.text(at: "pointer") { lines = ["\(document): \(place)"] }
        let message = ([detail] + lines).joined(separator: "\n")
        return switch status {
        case 404, 410: .notFound(message)
        case 409, 412, 428: .conflict(message)
        default: .failure(message)
        }
    }
}
