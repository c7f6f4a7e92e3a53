import FoundationEssentials
import TestSupport
import Testing

/// `nestkv schema put`, `get`, `ls`, `rm`, `bind`, `unbind`: what they print, and their exit codes.
@Suite(.timeLimit(.minutes(3)))
struct SchemaCommandTests {
    /// The files that the commands read.
    private static let files = [
        "one.json": #"{"required":["name"],"properties":{"age":{"minimum":0}}}"#,
        "two.json": #"{"required":["name"],"properties":{"age":{"minimum":0},"email":{"type":"string"}}}"#,
        "broken.json": #"{"type":"strin","minimum":"1"}"#,
        "reference.json": #"{"properties":{"home":{"$ref":"urn:home"}}}"#,
        "text.json": "{age:1}",
    ]

    /// A command, its exit code, and what it prints and says; `…` is any text.
    struct Step: Sendable {
        var words: [String]
        var code: Int32 = 0
        var prints: String?
        var says: [String]

        init(_ words: String..., code: Int32 = 0, prints: String? = nil, says: String...) {
            (self.words, self.code, self.prints, self.says) = (words, code, prints, says)
        }
    }

    private static let steps = [
        Step("ls", prints: "[]\n"),
        Step("get", "user", code: 3, says: "404 not-found"),
        Step("put", "user", "one.json", prints: #"{"name":"user","version":1,"hash":"sha256:…"}"# + "\n"),
        Step("put", "user", "one.json", "--format", "table", prints: "user@1 is unchanged: sha256:…\n"),
        Step("put", "user", "two.json", "--if-version", "7", code: 4, says: "412 precondition-failed"),
        Step(
            "put", "user", "two.json", "--format", "table", "--modified-by", "alice", "--comment", "with an address",
            prints: "user@2 is registered: sha256:…\n"),
        Step(
            "put", "user", "broken.json", code: 1,
            says: "422 invalid-schema", #"broken.json: /type: "strin" is not one of"#, "broken.json: /minimum: "),
        Step(
            "put", "user", "reference.json", code: 1,
            says: "422 unresolvable-reference", "reference.json: /properties/home/$ref"),
        Step("put", "user", "text.json", code: 1, says: "400 invalid-json", "line 1"),
        Step("put", "user", "none.json", code: 1, says: "No such file"),
        Step("put", "_user", "one.json", code: 2, says: "can't be the name of a schema"),
        Step("put", "user@1", "one.json", code: 2, says: "can't be the name of a schema"),
        Step("get", "user", prints: files["two.json"]! + "\n"),
        Step(
            "get", "user@1", "user@9", "other", "user", code: 3,
            prints: files["one.json"]! + "\n" + files["two.json"]! + "\n", says: "user@9: ", "other: "),
        Step(
            "get", "user", "--entry",
            prints: #"{"value":…"modifiedBy":"alice","comment":"with an address",…}"# + "\n"),
        Step("get", "user", "--format", "table", code: 2, says: "json or pretty"),
        Step("get", "a b", code: 2, says: "'a b' names no schema"),
        Step("ls", prints: #"[{"name":"user","version":2,"hash":"sha256:…"}]"# + "\n"),
        Step("ls", "--format", "table", prints: "NAME  VERSION  HASH\nuser  2        sha256:…\n"),
        Step("ls", "--bindings", prints: "[]\n"),
        Step(
            "bind", "users", "/users/+", "user@1",
            prints: #"{"name":"users","match":"/users/+","schema":"user@1","mode":"enforce","writeBack":false,"#
                + #""description":null,"hash":"sha256:…"}"# + "\n"),
        Step("bind", "users", "/users/+", "user@1", "--if-version", "0", code: 4, says: "412 precondition-failed"),
        Step(
            "bind", "users", "users/+", "user", "--mode", "warn", "--description", "all of them", "--format", "table",
            prints: "users: /users/+ follows user, now sha256:…, warn\n"),
        Step("bind", "others", "/users/+", "user", code: 1, says: "422 not-applicable", "'users'"),
        Step("bind", "others", "/others/+", "other", code: 1, says: "422 unknown-schema"),
        Step("bind", "others", "/others/+", "user", "--mode", "on", code: 2, says: "'enforce', 'warn' or 'off'"),
        Step("bind", "a/b", "/others/+", "user", code: 2, says: "can't be the name of a binding"),
        Step(
            "ls", "--bindings", "--format", "table",
            prints: "NAME   MATCH     SCHEMA  MODE  DESCRIPTION\nusers  /users/+  user    warn  all of them\n"),
        Step("rm", "user", code: 4, says: "409 schema-in-use", "'users'"),
        Step("unbind", "users", "others", code: 3, prints: "", says: "others: "),
        Step("rm", "other", "user", "--quiet", code: 3, prints: "", says: "other: "),
        Step("ls", prints: "[]\n"),
        Step("rm", "sha256:0", code: 2, says: "names no schema"),
    ]

    @Test(arguments: StoreKind.tested)
    func `each command says what it did, and refuses what can't be done`(_ store: StoreKind) async throws {
        let folder = try TemporaryFolder()
        for (name, text) in Self.files { try Data(text.utf8).write(to: URL(filePath: "\(folder.path)/\(name)")) }
        try await withService(store) { service in
            for step in Self.steps {
                let words = step.words.map { $0.hasSuffix(".json") ? "\(folder.path)/\($0)" : $0 }
                let (status, output, errors) = try await ServiceProcess.run(
                    ["schema"] + words, environment: ["NESTKV_SERVER": "http://127.0.0.1:\(service.port)"])
                #expect(status == .exit(step.code), "\(step.words): \(output)\(errors)")
                if let prints = step.prints { #expect(Self.fits(output, prints), "\(step.words): \(output)") }
                let said = errors.replacing("\(folder.path)/", with: "")
                for text in step.says { #expect(said.contains(text), "\(step.words): '\(text)' is not in: \(said)") }
                #expect(said.isEmpty == step.says.isEmpty, "\(step.words): \(said)")
            }
        }
    }

    @Test func `a schema is read and deleted by its hash, and registered from standard input`() async throws {
        let folder = try TemporaryFolder()
        let file = "\(folder.path)/one.json"
        try Data(#"{"type":"integer"}"#.utf8).write(to: URL(filePath: file))
        try await withService { service in
            let server = ["--server", "http://127.0.0.1:\(service.port)"]
            let registered = try await ServiceProcess.run(
                ["schema", "put", "count", "-"] + server, redirecting: "<\(file)")
            #expect(registered.status == .exit(0), "\(registered.errors)")
            let hash = try #require(registered.output.firstMatch(of: /sha256:[0-9a-f]{64}/)).output
            #expect(try await service.command("schema", "get", String(hash)).output == "{\"type\":\"integer\"}\n")
            let used = try await service.command("schema", "rm", String(hash))
            #expect(used.status == .exit(4) && used.errors.contains("newest version of 'count'"), "\(used.errors)")
            let name = try await service.command("schema", "rm", "count", "--format", "table")
            #expect(name.output.hasPrefix("count deleted: revision "), "\(name.output)\(name.errors)")
            #expect(try await service.command("schema", "get", String(hash)).status == .exit(0))
            #expect(try await service.command("schema", "rm", String(hash)).status == .exit(0))
            #expect(try await service.command("schema", "get", String(hash)).status == .exit(3))
        }
    }

    @Test func `a value that breaks a schema is refused with each broken rule`() async throws {
        let folder = try TemporaryFolder()
        let file = "\(folder.path)/one.json"
        try Data(Self.files["one.json"]!.utf8).write(to: URL(filePath: file))
        try await withService { service in
            #expect(try await service.command("schema", "put", "user", file, "-q").output.isEmpty)
            #expect(try await service.command("schema", "bind", "users", "/users/+", "user", "-q").status == .exit(0))
            let refused = try await service.command("put", "/users/a", #"{"age":-1}"#)
            let lines = refused.errors.split(separator: "\n").dropFirst()
            #expect(refused.status == .exit(1) && lines.count == 2, "\(refused.errors)")
            #expect(lines.contains("/age: -1 is less than 0, the least permitted."), "\(refused.errors)")
        }
    }

    /// Whether a text is another one in which `…` is any text.
    private static func fits(_ text: String, _ pattern: String) -> Bool {
        let parts = pattern.split(separator: "…", omittingEmptySubsequences: false)
        guard parts.count > 1 else { return text == pattern }
        guard let first = parts.first, let last = parts.last, text.hasPrefix(first) else { return false }
        var rest = text.dropFirst(first.count)
        for part in parts.dropFirst().dropLast() {
            guard let found = rest.firstRange(of: part) else { return false }
            rest = rest[found.upperBound...]
        }
        return rest.hasSuffix(last)
    }
}
