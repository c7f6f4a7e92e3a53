import TestSupport
import Testing

/// `nestkv get`, `put`, `patch`, `delete`, `ls`, `history`: what they print, and their exit codes.
@Suite(.timeLimit(.minutes(5)))
struct ClientCommandTests {
    /// A command, its exit code and what it prints.
    struct Step: Sendable {
        var words: [String]
        var code: Int32 = 0
        var prints: String?
        var says: String?

        init(_ words: String..., code: Int32 = 0, prints: String? = nil, says: String? = nil) {
            (self.words, self.code, self.prints, self.says) = (words, code, prints, says)
        }
    }

    private static let steps = [
        Step("get", "/ep1/a", code: 3, says: "/ep1/a. (404 not-found)"),
        Step("put", "/ep1/a", #"{"n":1.0,"list":[1,2]}"#, "--quiet", prints: ""),
        Step("get", "/ep1/a", prints: #"{"n":1.0,"list":[1,2]}"# + "\n"),
        Step("get", "ep1/a/n", "/ep1/none", "/ep1/a/list/1", code: 3, prints: "1.0\n2\n", says: "/ep1/none: "),
        Step("get", "/ep1/a/n", "--format", "table", code: 2, says: "json or pretty"),
        Step("get", "/ep1/a", "--depth", "1", prints: #"{"n":1.0,"list":true}"# + "\n"),
        Step("get", "/ep1/a/list", "--format", "pretty", prints: "[\n  1,\n  2\n]\n"),
        Step("put", "/ep1/a", "1", "--create", code: 4, says: "412"),
        Step("put", "/ep1/a", "1", "--if-version", "7", code: 4, says: "412"),
        Step("put", "/ep1/a", "1", "--if-match", "none", code: 4, says: "412"),
        Step("put", "/ep1/a", "{", code: 1, says: "line 1"),
        Step("put", "/ep1/a", "1", "--ttl", "soon", code: 1, says: "'ttl' is 'soon'"),
        Step("put", "/ep1/a", "1", "--comment", "a\nb", code: 2, says: "control characters"),
        Step("put", "/ep1/a", "1", "--file", "x", code: 2, says: "not both"),
        Step("put", "/ep1/a", "--file", "/nonexistent", code: 1, says: "No such file"),
        Step(
            "put", "/ep1/a", #"{"n":2}"#, "--if-version", "1", "--modified-by", "alice", "--comment", "why ü", "--tags",
            "x, y", "--format", "table", prints: "/ep1/a written: version 2, revision 2, memory\n"),
        Step("patch", "/ep1/a", #"{"m":true}"#, "-q", prints: ""),
        Step("patch", "/ep1/a", #" [{"op":"test","path":"/n","value":3}]"#, code: 4, says: "409 test-failed"),
        Step("patch", "/ep1/a", #"[{"op":"remove","path":"/n"}]"#, "-q", "--tags", "z", prints: ""),
        Step("get", "/ep1/a", prints: #"{"m":true}"# + "\n"),
        Step("get", "/ep1/a", "--version", "2", prints: #"{"n":2}"# + "\n"),
        Step("get", "/ep1/a", "--version", "9", code: 3, says: "no version 9"),
        Step("get", "/ep1", "--tag", "z", prints: #"{"a":{"m":true}}"# + "\n"),
        Step(
            "put", "/ep1/ü b?#%2F", "3", "--format", "table",
            prints: "/ep1/ü b?#%2F created: version 1, revision 5, memory\n"),
        Step("get", "/ep1/%C3%BC%20b%3F%23%2F", prints: "3\n"),
        Step("ls", prints: #"["ep1"]"# + "\n"),
        Step("ls", "/ep1", "--format", "table", prints: "NAME    VALUE\na       true\nü b?#/  3\n"),
        Step("ls", "/ep1/none", code: 3),
        Step("ls", "/ep1", "--keys", prints: "/ep1/a\n/ep1/%C3%BC%20b%3F%23%2F\n"),
        Step("ls", "--keys", "--pattern", "a*", prints: "/ep1/a\n"),
        Step("ls", "/ep1", "--pattern", "a*", code: 2, says: "--keys"),
        Step("history", "/ep1/a", "--limit", "1", says: ""),
        Step("history", "/ep1/none", code: 3),
        Step("delete", "/ep1/none", "/ep1/a", code: 3, says: "/ep1/none: "),
        Step("get", "/ep1/a", code: 3),
        Step("delete", "/ep1", "--if-version", "5", code: 4),
        Step("frob", "/ep1", code: 2, says: "frob"),
    ]

    @Test func `commands print what they read, and their exit codes say what happened`() async throws {
        try await withService { service in
            for step in Self.steps {
                let (status, output, errors) = try await ServiceProcess.run(
                    step.words, environment: ["NESTKV_SERVER": "http://127.0.0.1:\(service.port)"])
                #expect(status == .exit(step.code), "\(step.words): \(output)\(errors)")
                if let prints = step.prints { #expect(output == prints, "\(step.words)") }
                if let says = step.says { #expect(says.isEmpty ? errors.isEmpty : errors.contains(says), "\(errors)") }
                #expect(errors.isEmpty || step.code != 0, "\(step.words): \(errors)")
            }
        }
    }

    @Test func `tables have a row for each revision and each leaf`() async throws {
        try await withService { service in
            _ = try await service.command("put", "/ep1/a", "1", "--modified-by", "alice", "--tags", "x,y")
            _ = try await service.command("put", "/ep1/a", #"{"text":"two\nlines"}"#)
            let history = try await service.command("history", "/ep1/a", "--format", "table").output
            let rows = history.split(separator: "\n")
            #expect(rows.count == 3 && rows[0].hasPrefix("VERSION  REVISION  TIME"), "\(history)")
            #expect(
                rows[1].hasPrefix("2        2         ") && rows[1].hasSuffix(#"{"text":"two\nlines"}"#), "\(history)")
            #expect(rows[2].contains("alice") && rows[2].hasSuffix("1"), "\(history)")
            let list = try await service.command("ls", "-l", "/ep1", "--format", "table").output
            #expect(list.split(separator: "\n").count == 2 && list.contains("/ep1/a  2"), "\(list)")
        }
    }

    @Test func `--server precedes NESTKV_SERVER, and an invalid address is named with its origin`() async throws {
        try await withService { service in
            let environment = ["NESTKV_SERVER": "nowhere"]
            let (status, _, errors) = try await ServiceProcess.run(["get", "/"], environment: environment)
            #expect(status == .exit(2) && errors.contains("NESTKV_SERVER is 'nowhere'"), "\(errors)")
            let good = ["get", "/_health/live", "--server", "http://127.0.0.1:\(service.port)/"]
            #expect(try await ServiceProcess.run(good, environment: environment).status == .exit(0))
        }
        let (status, _, errors) = try await ServiceProcess.run(["get", "/a", "--server", "http://127.0.0.1:1"])
        #expect(status == .exit(1) && errors.contains("connection refused"), "\(errors)")
    }

    @Test(arguments: ["bash", "zsh", "fish"])
    func `there is a completion script for each shell`(_ shell: String) async throws {
        let (status, output, _) = try await ServiceProcess.run(["--generate-completion-script", shell])
        #expect(status == .exit(0))
        for word in ["watch", "import", "if-version"] { #expect(output.contains(word)) }
    }

    @Test func `output that can't be written is a failure`() async throws {
        try await withService { service in
            _ = try await service.command("put", "/a/b", "1")
            let (status, _, errors) = try await service.command("export", "--output", "/dev/full", "--force", "--quiet")
            #expect(status == .exit(1), "\(errors)")
        }
    }
}
