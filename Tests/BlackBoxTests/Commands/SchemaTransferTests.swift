import FoundationEssentials
import MicroJSON
import TestSupport
import Testing

@testable import NestKVCommands

/// Schemas and bindings in `nestkv export` and `nestkv import`.
@Suite(.timeLimit(.minutes(5)))
struct SchemaTransferTests {
    private static let schemas = [
        ("address", #"{"type":"object","required":["zip"]}"#),
        ("user", #"{"required":["age","name"]}"#),
        ("user", #"{"required":["age","name"],"properties":{"home":{"$ref":"nestkv:address@1"}}}"#),
        ("user", #"{"required":["age","name"]}"#),
        ("user", #"{"required":["age","name"],"properties":{"age":{"type":"integer"}}}"#),
        ("gone", #"{"type":"integer"}"#),
    ]
    private static let lists = ["/__schema", "/__schema/_hashes", "/__schema/_bindings"]

    /// Schemas with several versions and with none that has a name, bindings, and values of all of them.
    private static func fill(_ client: TestSupport.HTTPClient) async throws {
        func put(_ path: String, _ body: String, _ schema: String? = nil) async throws {
            let headers = [("Nestkv-Comment", "why"), ("Nestkv-Modified-By", "ann")]
            let more = schema.map { [(name: "Nestkv-Schema", value: $0)] } ?? []
            let reply = try await client.send("PUT", path, headers: headers + more, body: body)
            #expect(reply.status < 300, "\(path): \(reply.text)")
        }
        try await put("/users/old", #"{"age":1,"name":"o"}"#)
        for (name, text) in schemas {
            try await put("/__schema/\(name)", text)
            if name == "gone" { try await put("/staff/number", "7", "gone") }
        }
        #expect(try await client.send("DELETE", "/__schema/gone").status == 204)
        try await put("/__schema/_bindings/users", #"{"match":"/users/+","schema":"user"}"#)
        try await put(
            "/__schema/_bindings/past",
            #"{"match":"/past/+/x","schema":"user@2","mode":"warn","description":"until May"}"#)
        try await put("/users/ann", #"{"age":40,"name":"Ann"}"#)
        try await put("/users/bob?flatten", #"{"age":41,"name":"Bob","home":{"zip":"1"}}"#)
        try await put("/past/a/x", #"{"age":1,"name":"n","home":{"zip":"2"}}"#)
        try await put("/past/b/x", "{}")
    }

    private static func answers(_ client: TestSupport.HTTPClient) async throws -> [String] {
        var answers: [String] = []
        for list in lists {
            let answer = try await client.send("GET", list).text
            // A schema whose name was deleted is registered without a name.
            answers.append(answer.replacing(#""gone@1""#, with: ""))
        }
        return answers
    }

    /// The paths, values and kept metadata of an export's lines.
    private static func lines(_ export: String) throws -> [[String?]] {
        let kept = ["modifiedBy", "comment", "dataHash", "schemaHash"].map { "metadata/\($0)" }
        return try export.split(separator: "\n").map { line in
            let entry = try JSONText(parsing: String(line))
            return (["path", "value"] + kept).map { name in
                entry.slice(at: name.split(separator: "/").map { Array($0.utf8) })?.description
            }
        }
    }

    @Test(arguments: StoreKind.tested)
    func `an export of everything begins with the schemas, and an import into another store has them all`(
        _ store: StoreKind
    ) async throws {
        let folder = try TemporaryFolder()
        let file = "\(folder.path)/all.ndjson"
        try await withService(store == .memory ? .rocksdb : .memory) { source in
            try await Self.fill(source.client())
            let exported = try await source.command("export", "-o", file)
            #expect(exported.errors.contains("8 leaves exported"), "\(exported.errors)")
            #expect(exported.errors.contains(" 8 lines with schemas and bindings"), "\(exported.errors)")
            let whole = try contents(ofFile: file)
            try await withService(store) { target in
                for _ in 0..<2 {
                    let (status, _, errors) = try await target.command("import", file)
                    #expect(status == .exit(0) && errors.contains(", 8 registered"), "\(errors)")
                    #expect(errors.contains("8 leaves imported"), "\(errors)")
                    #expect(try await Self.answers(target.client()) == Self.answers(source.client()))
                }
                let copied = try await Self.lines(target.command("export", "-q").output)
                var expected = try Self.lines(String(decoding: whole, as: UTF8.self))
                // What was stored before its binding is checked now.
                let old = try #require(expected.firstIndex { $0[0] == #""/users/old""# })
                let ann = try #require(expected.first { $0[0] == #""/users/ann""# })
                #expect(expected[old].last == "null" && ann.last.map { $0?.contains("sha256:") ?? false } == true)
                expected[old][5] = ann[5]
                #expect(copied == expected)
            }
            for cut in [1, 300, whole.count / 2] {
                try Data(whole[..<cut]).write(to: URL(filePath: file))
                #expect(try await source.command("export", "-o", file, "--resume", "-q").status == .exit(0))
                #expect(try contents(ofFile: file) == whole, "cut after \(cut) bytes")
            }
        }
    }

    @Test func `an export of a part has no schemas, unless they are asked for`() async throws {
        try await withService { service in
            try await Self.fill(service.client())
            for words in [["/users"], ["--tag", "t"], ["--after", "/users"], ["--pattern", "a*"]] {
                let server = ["--server", "http://127.0.0.1:\(service.port)"]
                let (status, output, _) = try await ServiceProcess.run(["export", "-q"] + words + server)
                #expect(status == .exit(0) && !output.contains("/__schema"), "\(words): \(output)")
            }
            let both = try await service.command("export", "/staff", "--schemas", "-q").output.split(separator: "\n")
            #expect(both.count == 9 && both[0].contains("/__schema/address"), "\(both)")
        }
    }

    @Test func `a binding of a version follows the same schema where the version has another number`() async throws {
        let folder = try TemporaryFolder()
        let file = "\(folder.path)/all.ndjson"
        try await withService { source in
            try await Self.fill(source.client())
            #expect(try await source.command("export", "-qo", file).status == .exit(0))
        }
        try await withService { target in
            let client = target.client()
            for minimum in 1...3 {
                _ = try await client.send("PUT", "/__schema/user", body: #"{"minimum":\#(minimum)}"#)
            }
            for _ in 0..<2 {
                let (status, _, errors) = try await target.command("import", file)
                #expect(status == .exit(0), "\(errors)")
                let binding = try await client.send("GET", "/__schema/_bindings/past").text
                #expect(binding.contains(#""schema":"user@5""#), "\(binding)")
                let schema = try await client.send("GET", "/__schema/user?version=5")
                #expect(schema.text.contains(#""$ref":"nestkv:address@1""#), "\(schema.text)")
                #expect(try await client.send("GET", "/__schema/user").text == Self.schemas[4].1)
            }
        }
    }

    @Test func `a migration leads between the same schemas where their versions have other numbers`() throws {
        let line = """
            {"path":"/__schema/_migrations/user@1..user@2","value":{"from":"user@1","to":"user@2","up":[]},
            "metadata":{"schemas":{"user@1":"sha256:a","user@2":"sha256:b"}}}
            """
        let entry = try #require(try ImportEntry(Array(line.utf8)[...], number: 1))
        let migration = try #require(try SchemaLine(entry))
        var versions = SchemaVersions()
        for (version, hash, path, value) in [
            (2, "sha256:a", "user@2..sha256:b", #"{"from":"user@2","to":"sha256:b","up":[]}"#),
            (3, "sha256:b", "user@2..user@3", #"{"from":"user@2","to":"user@3","up":[]}"#),
            (1, "sha256:a", "user@1..user@3", #"{"from":"user@1","to":"user@3","up":[]}"#),
        ] {
            versions.add("user", UInt64(version), hash)
            let target = migration.target(versions)
            #expect(target.path == "/__schema/_migrations/" + path)
            #expect(target.value.description == value)
        }
    }

    @Test func `a schema, a binding and a value that are refused are named and counted`() async throws {
        let folder = try TemporaryFolder()
        let file = "\(folder.path)/lines.ndjson"
        let lines = [
            #"{"path":"/__schema/user","value":{"required":["name"]}}"#,
            #"{"path":"/__schema/bad","value":{"type":"strin"}}"#,
            #"{"path":"/__schema/_bindings/users","value":{"match":"/users/+","schema":"user"}}"#,
            #"{"path":"/__schema/_bindings/bad","value":{"match":"/bad/+","schema":"other"}}"#,
            #"{"path":"/__schema/_other/x","value":{}}"#, #"{"path":"/__schema/a b","value":{}}"#,
            #"{"path":"/__schema/user","value":{},"metadata":{"comment":"a\r\nX: b"}}"#,
            #"{"path":"/users/a","value":{"name":"a"}}"#, #"{"path":"/users/b","value":{}}"#,
            #"{"path":"/users/c/age","value":1}"#, #"{"path":"/users/c/home","value":1}"#,
            #"{"schema":"user"}"#,
        ]
        try Data(lines.joined(separator: "\n").utf8).write(to: URL(filePath: file))
        try await withService { service in
            let first = try await service.command("import", file)
            #expect(first.status == .exit(1))
            #expect(first.errors.contains("Line 2 (/__schema/bad): The schema breaks"), "\(first.errors)")
            #expect(first.errors.contains("continue with --skip 1"), "\(first.errors)")
            let (status, _, errors) = try await service.command("import", file, "--keep-going")
            #expect(status == .exit(1))
            for text in [
                "Line 2 (/__schema/bad): The schema breaks",
                "No schema 'other' is registered", "Line 5 (/__schema/_other/x)",
                "Line 6 (/__schema/a b): 'a b' names no schema", "Line 7: 'comment' must not contain control",
                "Line 9 (/users/b): ", "Line 10 (/users/c/age): ", "Line 11 (/users/c/home): ",
                "Line 12 is not an entry", "1 leaves imported", ", 2 registered, 9 failed",
            ] { #expect(errors.contains(text), "'\(text)' is not in: \(errors)") }
            #expect(try await service.client().send("GET", "/users").text == #"{"a":{"name":"a"}}"#)
        }
    }

    @Test func `the leaves of one value are stored together if its schema needs them all`() async throws {
        let folder = try TemporaryFolder()
        let file = "\(folder.path)/lines.ndjson"
        var lines = [
            #"{"path":"/__schema/user","value":{"required":["a","m","z"]}}"#,
            #"{"path":"/__schema/_bindings/users","value":{"match":"/users/+","schema":"user"}}"#,
        ]
        let values = (100..<140).flatMap { user in ["a", "m", "z"].map { ("/users/\(user)/\($0)", user) } }
        lines += values.map { #"{"path":"\#($0.0)","value":\#($0.1)}"# }
        try Data(lines.joined(separator: "\n").utf8).write(to: URL(filePath: file))
        // A value begins in one batch and ends in the next one.
        try await withService(.memory, ["--max-operations", "5"]) { service in
            let checkpoint = "\(folder.path)/checkpoint"
            let (status, _, errors) = try await service.command("import", file, "--checkpoint", checkpoint)
            #expect(status == .exit(0) && errors.contains("120 leaves imported"), "\(errors)")
            #expect(try await service.client().send("GET", "/users?keys&count").text == "120")
        }
    }
}
