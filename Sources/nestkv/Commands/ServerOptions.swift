import ArgumentParser
import MicroJSON
import NestKVCore

/// Which server a command talks to.
struct ServerOptions: ParsableArguments {
    /// The environment variable that names it.
    static let variable = "NESTKV_SERVER"

    @Option(
        help: ArgumentHelp(
            "The server: http://host:port (\(Self.variable); default: http://localhost:8080).", valueName: "url"))
    var server: String?
    @Option(help: ArgumentHelp("How long one request may take.", valueName: "duration"))
    var timeout: String = "30s"

    /// A client of it.
    func client() throws(CommandFailure) -> HTTPClient {
        HTTPClient(server: try url(), timeout: try Self.duration(timeout, "--timeout"))
    }

    /// A duration that an option gives.
    static func duration(_ text: String, _ option: String) throws(CommandFailure) -> Duration {
        guard let duration = Duration(text) else {
            throw .usage("\(option) is '\(text)'; it must be a duration like 500ms, 30s, 5m, 2h or 7d.")
        }
        return duration
    }

    /// Where it listens.
    func url() throws(CommandFailure) -> ServerURL {
        if let server { return try ServerURL(server) }
        guard let server = Environment.variables[Self.variable], !server.isEmpty else {
            return ServerURL(host: "localhost", port: 8080)
        }
        return try ServerURL(server, from: Self.variable)
    }
}

/// A server's whole answer to a request that it carried out.
struct Answer {
    let status: Int
    let body: [UInt8]
    /// The value of a header field, whatever the case of its name; nil when there is none.
    let field: (String) -> Substring?

    /// The body as JSON.
    func json() throws(CommandFailure) -> JSONText {
        do throws(JSONSyntaxError) {
            return try JSONText(parsing: body, limits: .anyServer)
        } catch {
            throw .failure("The server's answer is no JSON: \(error).")
        }
    }
}

extension HTTPClient {
    private static let answerBytesMax = 1 << 30

    /// Sends a request and reads its answer.
    ///
    /// - Throws: ``CommandFailure``, with the exit code for what went wrong.
    func ask(
        _ method: String, _ target: String, fields: [(name: String, value: String)] = [], body: [UInt8]? = nil
    ) throws(CommandFailure) -> Answer {
        try once { try fetch(method, target, fields: fields, body: body) }
    }

    /// Sends a request and reads its answer, for callers that may try again.
    ///
    /// - Throws: ``ClientFailure``, or ``ServerProblem`` for an answer that says that it wasn't carried out.
    func fetch(
        _ method: String, _ target: String, fields: [(name: String, value: String)] = [], body: [UInt8]? = nil
    ) throws -> Answer {
        let reply = try send(method, target, fields: fields, body: body)
        let bytes = try reply.body(limit: Self.answerBytesMax)
        guard (200..<300).contains(reply.status) else { throw ServerProblem(reply.status, bytes) }
        return Answer(status: reply.status, body: bytes) { reply[$0] }
    }

    /// Does something with the server and doesn't try again.
    func once<Result>(_ body: () throws -> Result) throws(CommandFailure) -> Result {
        do {
            return try body()
        } catch {
            throw failure(error)
        }
    }

    /// How a command ends with an error.
    func failure(_ error: any Error) -> CommandFailure {
        switch error {
        case let failure as CommandFailure: failure
        case let problem as ServerProblem: problem.failure
        case let failure as ClientFailure: .failure("\(server): \(failure.message).")
        default: .failure("\(error)")
        }
    }
}

/// Why a server didn't do what it was asked for (RFC 9457).
struct ServerProblem: Error {
    let status: Int
    /// The problem's code and what it says; of an answer that is no problem, what there is.
    let detail: String

    init(_ status: Int, _ body: [UInt8]) {
        let problem = try? JSONText(parsing: body, limits: .anyServer)
        self.init(status, problem)
    }

    init(_ status: Int, _ problem: JSONText?) {
        self.status = status
        let code = problem?.text(at: "code").map { " \($0)" } ?? ""
        detail = "\(problem?.text(at: "detail") ?? "The server refused it.") (\(status)\(code))"
    }

    /// Whether it may go well a little later: the store is away or busy, or something before the server.
    var isPassing: Bool { [429, 502, 503, 504].contains(status) }

    /// How the command ends with it.
    var failure: CommandFailure {
        switch status {
        case 404, 410: .notFound(detail)
        case 409, 412, 428: .conflict(detail)
        default: .failure(detail)
        }
    }
}
