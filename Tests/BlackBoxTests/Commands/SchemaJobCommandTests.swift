import ArgumentParser
import FoundationEssentials
import Glibc
import MicroJSON
import TestSupport
import Testing

@testable import NestKVCommands

/// `nestkv schema check` and `nestkv schema migrate`: what they ask for, what they print, and their exit codes.
@Suite(.timeLimit(.minutes(1)))
struct SchemaJobCommandTests {
    private static let incompatible = #"""
        {"compatible":false,"level":"backward","static":"no","breaking":[{"pointer":"","change":"required",
        "why":"The member 'city' is required."},{"pointer":"/properties/age","change":"","why":"Only integers."}],
        "witness":{"name":"a"},"data":{"examined":3,"invalid":2,"examples":[{"path":"/users/a","errors":
        [{"instanceLocation":"/age","detail":"1.5 is not an integer."},{"detail":"The member 'city' is missing."}]},
        {"path":"/users/b","detail":"It is too large.","errors":[]}]}}
        """#
    private static let reasons = [
        "'required': The member 'city' is required.", "/properties/age: Only integers.",
        #"A value that follows one version and not the other: {"name":"a"}"#,
        "/users/a: /age: 1.5 is not an integer.", "/users/a: The member 'city' is missing.",
        "/users/b: It is too large.", "2 of 3 stored values break the schema.",
    ]
    private static let job = #"""
        {"id":"j7","state":"STATE","examined":10,"changed":6,"unchanged":2,"failed":FAILED,
        "failures":[{"path":"/users/a","detail":"Step 1: 'x' is not a number."}],"perSecond":120}
        """#

    /// A server that answers all requests alike.
    private static func server(_ status: String, _ body: String, pause: Int = 0) throws -> ScriptedServer {
        let body = body.replacing("\n", with: "")
        let head = "HTTP/1.1 \(status)\r\nLocation: /__schema/_jobs/j7\r\nConnection: close\r\n"
        return try ScriptedServer(sending: ["\(head)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"], pause: pause)
    }

    private static func run(
        _ words: String..., on server: ScriptedServer
    ) async throws -> (status: TestSupport.ExitStatus, output: String, errors: String) {
        try await ServiceProcess.run(["schema"] + words + ["--server", "http://127.0.0.1:\(server.port)"])
    }

    @Test func `a check says why a schema can't be the next version`() async throws {
        let folder = try TemporaryFolder()
        let file = "\(folder.path)/user.json"
        try Data("{}".utf8).write(to: URL(filePath: file))
        let server = try Self.server("200 OK", Self.incompatible)
        let (status, output, errors) = try await Self.run("check", "user", file, on: server)
        #expect(status == .exit(1) && errors.isEmpty, "\(errors)")
        let first = "The schema can't be the next version of user (backward)."
        #expect(output == ([first] + Self.reasons).joined(separator: "\n") + "\n")
        let raw = try await Self.run("check", "user", file, "--json", on: server)
        #expect(raw.status == .exit(1))
        #expect(raw.output == Self.incompatible.replacing("\n", with: "") + "\n")
        let refused = try Self.server(
            "409 Conflict", #"{"detail":"It isn't.","code":"incompatible-schema",\#(Self.incompatible.dropFirst())"#)
        let put = try await Self.run("put", "user", file, on: refused)
        #expect(put.status == .exit(4))
        let lines = ["nestkv: It isn't. (409 incompatible-schema)"] + Self.reasons
        #expect(put.errors == lines.joined(separator: "\n") + "\n")
    }

    @Test func `a check says by what a schema is compatible`() async throws {
        let folder = try TemporaryFolder()
        let file = "\(folder.path)/user.json"
        try Data("{}".utf8).write(to: URL(filePath: file))
        for (answer, says) in [
            (#"{"compatible":true,"level":"full","static":"yes","breaking":[]}"#, "user (full).\n"),
            (
                #"{"compatible":true,"level":"backward","static":"unknown","data":{"examined":1,"invalid":0}}"#,
                "user (backward). The rules alone don't show it, but no stored value breaks it (1 examined).\n"
            ),
        ] {
            let server = try Self.server("200 OK", answer)
            let (status, output, errors) = try await Self.run("check", "user", file, on: server)
            #expect(status == .exit(0) && errors.isEmpty, "\(errors)")
            #expect(output == "The schema can be the next version of " + says)
        }
    }

    @Test func `a migration is asked for as the options say`() throws {
        for (words, body) in [
            (["user"], "{}"), (["user", "--to", "2"], #"{"to":"user@2"}"#),
            (["user", "--to", "user@3", "--dry-run"], #"{"to":"user@3","dryRun":true}"#),
            (["user", "--below", "users/a b", "--rate", "0"], #"{"below":"/users/a%20b","rate":0}"#),
        ] {
            let text = String(decoding: try SchemaMigrate.parse(words).body(), as: UTF8.self)
            #expect(text == body, "\(words)")
        }
        for words in [
            [], ["user", "--stop", "7"], ["--stop", "7", "--dry-run"], ["user", "--rate", "-1"], ["user", "--to"],
        ] {
            #expect(throws: (any Error).self, "\(words)") { try SchemaMigrate.parse(words) }
        }
    }

    /// A job's state, the number of its failed leaves, and the exit code.
    @Test(arguments: [("done", 0, 0), ("done", 1, 1), ("done", 3, 1), ("stopped", 0, 1), ("failed", 0, 1)])
    func `a migration that ends is summed up, and each leaf that failed is named`(
        _ state: String, _ failed: Int, _ code: Int
    ) async throws {
        var answer = Self.job.replacing("STATE", with: state).replacing("FAILED", with: "\(failed)")
        if failed == 0 { answer = answer.replacing(/"failures":\[.*\]/, with: #""failures":[]"#) }
        let server = try Self.server("202 Accepted", answer)
        let (status, output, errors) = try await Self.run("migrate", "user", "--format", "table", on: server)
        #expect(status == .exit(Int32(code)), "\(errors)")
        let counts = "10 leaves examined, 6 changed, 2 unchanged, \(failed) failed"
        #expect(output == "Job j7 is \(state): \(counts).\n")
        var lines = failed > 0 ? ["nestkv: /users/a: Step 1: 'x' is not a number."] : []
        if failed > 1 { lines.append("nestkv: \(failed - 1) more leaves failed.") }
        #expect(errors == lines.map { $0 + "\n" }.joined())
        let dry = try Self.server("202 Accepted", #"{"parameters":{"dryRun":true},\#(answer.dropFirst())"#)
        let counted = try await Self.run("migrate", "user", "--dry-run", "--format", "table", on: dry)
        #expect(counted.output == "Dry run j7 is \(state): \(counts).\n")
        let raw = try await Self.run("migrate", "user", "-q", on: server)
        #expect(raw.output == answer.replacing("\n", with: "") + "\n")
    }

    @Test func `a command that is interrupted says how to stop the job`() async throws {
        let running = Self.job.replacing("STATE", with: "running").replacing("FAILED", with: "0")
        let server = try Self.server("202 Accepted", running, pause: 20)
        let address = ["--server", "http://127.0.0.1:\(server.port)"]
        let command = try ServiceProcess.spawn(["schema", "migrate", "user"] + address)
        let threads = URL(filePath: "/proc/\(command.id)/task")
        try await eventually("the command receives interruptions") {
            let ids = try? FileManager.default.contentsOfDirectory(atPath: threads.path)
            return (ids ?? []).contains { id in
                (try? contents(ofFile: "\(threads.path)/\(id)/comm")) == Array("interruption\n".utf8)
            }
        }
        command.signal(SIGINT)
        #expect(try await command.wait(seconds: 10) == .signal(SIGINT))
        let errors = try await command.errors.whole()
        #expect(errors == "nestkv: The job goes on; stop it with 'nestkv schema migrate --stop j7'.\n")
        let left = try await Self.run("migrate", "user", "--no-wait", "--format", "table", on: server)
        #expect(left.status == .exit(0) && left.output.hasPrefix("Job j7 is running: "), "\(left.output)")
        let stop = try await Self.run("migrate", "--stop", "j7", on: server)
        #expect(stop.status == .exit(0) && stop.output.isEmpty, "\(stop.errors)")
    }
}
