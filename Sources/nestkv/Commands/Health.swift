import ArgumentParser
import MicroJSON
import NestKVCommands
import NestKVCore

/// `nestkv health`: what a container's health check calls.
struct Health: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check whether a server is ready.",
        discussion: """
            Exit code 0: the server is ready. Exit code 1: it is not; one line says why.
            Without --server, the server on this machine at NESTKV_HOST and NESTKV_PORT is asked.

            Examples:
              nestkv health --server http://localhost:8080
            """)

    @Option(help: ArgumentHelp("Server: http://host:port", valueName: "url"))
    var server: String?
    @Option(help: ArgumentHelp("Time limit of the request", valueName: "duration"))
    var timeout: String = "3s"

    func run() throws {
        let settings = Settings(arguments: [:], environment: Environment.variables)
        let url = try server.map { try ServerURL($0) } ?? ServerURL(of: settings)
        let client = HTTPClient(server: url, timeout: try ServerOptions.duration(timeout, "--timeout"))
        let reply: (status: Int, body: [UInt8])
        do {
            let answer = try client.send("GET", "/_health/ready")
            reply = (answer.status, try answer.body(limit: 64 << 10))
        } catch {
            throw CommandFailure.failure("\(url) is not ready: \(error.message).")
        }
        let health = try? JSONText(parsing: reply.body)
        guard reply.status == 200, health?.text(at: "status") == "ready" else {
            let problem = health?.text(at: "stores", "0", "problem") ?? health?.text(at: "status")
            throw CommandFailure.failure(
                "\(url) is not ready: it answered \(reply.status)\(problem.map { " (\($0))" } ?? "").")
        }
        let driver = health?.text(at: "stores", "0", "driver")
        StandardStream.output.write("\(url) is ready\(driver.map { " (\($0))" } ?? "").\n")
    }
}

extension ServerURL {
    /// The server that these settings describe, reached from the same machine.
    fileprivate init(of settings: Settings) throws(CommandFailure) {
        let anywhere = ["0.0.0.0": "127.0.0.1", "::": "::1"]
        let host = try settings[\.host]
        self.init(host: anywhere[host] ?? host, port: try settings.read(\.port, .number(in: 1...65_535)))
    }
}
