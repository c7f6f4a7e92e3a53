import FoundationEssentials
import MicroJSON
import TestSupport
import Testing

/// `nestkv backup --to` and `nestkv restore` of a snapshot, on every store.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct SnapshotTests {
    /// Eight clients write meanwhile. Restored, there is what `GET ?at=` of the snapshot's revision gives: both leaves
    /// of each pair, which are written together, with the same number; nothing that came later, nothing that was
    /// deleted before.
    @Test(arguments: StoreKind.tested)
    func `a snapshot under load is the state at its revision`(_ store: StoreKind) async throws {
        let folder = try TemporaryFolder()
        try await withService(store, ["--history", "60"]) { service in
            let client = service.client()
            // On NATS a page costs a request for each leaf.
            let many = (1...(store == .nats ? 50 : 500)).map { "\"k\($0)\":{\"n\":\($0)}" }.joined(separator: ",")
            // More than a page, so that reading takes longer than a write.
            for part in 0..<4 {
                #expect(try await client.send("PUT", "/pairs/many\(part)?flatten=1", body: "{\(many)}").status == 201)
            }
            var made: [(file: String, then: String)] = []
            // So slow that the histories reach back to the snapshot, for `?at=`.
            try await BackupTests.underLoad(service, pausing: 20_000) {
                for number in 0..<3 {
                    let file = "\(folder.path)/\(number).ndjson"
                    let (status, _, errors) = try await service.command("backup", "--to", file)
                    #expect(status == .exit(0), "\(errors)")
                    let head = try JSONValue(parsing: String(Self.lines(file)[0]).utf8.map { $0 })
                    let pointer = store == .nats ? ["snapshot", "revisions", "pairs"] : ["snapshot", "revision"]
                    let revision = head.value(at: pointer.map { Array($0.utf8) })?.text.description ?? "none"
                    let then = try await client.send("GET", "/pairs?at=\(revision)")
                    #expect(then.status == 200, "\(then.text.prefix(300))")
                    made.append((file, then.text))
                }
            }
            for (file, then) in made {
                try await withService(.memory) { target in
                    let (status, _, errors) = try await target.command("restore", "--from", file)
                    #expect(status == .exit(0), "\(errors)")
                    #expect(try await target.client().send("GET", "/pairs").text == then)
                    let pairs = try JSONValue(parsing: Array(then.utf8))
                    for writer in 0..<8 {
                        let numbers = ["a", "b"].map { pairs.value(at: ["\(writer)", $0, "0"].map { Array($0.utf8) }) }
                        #expect(numbers[0] == numbers[1])
                    }
                }
            }
        }
    }

    @Test(arguments: StoreKind.tested)
    func `a snapshot goes from one store to another with settings, histories and times to live`(
        _ store: StoreKind
    ) async throws {
        let folder = try TemporaryFolder()
        let file = "\(folder.path)/all.ndjson"
        let settings = #"{"ttl":"12h","history":8,"casRequired":true,"description":"short"}"#
        try await withService(.memory) { source in
            let client = source.client()
            for number in 1...3 {
                let by = [("Nestkv-Modified-By", "by\(number)"), ("Nestkv-Comment", "c\(number)")]
                #expect(try await client.send("PUT", "/a/b", headers: by, body: "\(number)").status < 300)
            }
            _ = try await client.send("DELETE", "/a/c")
            _ = try await client.send("PUT", "/sessions/x?ttl=2h", body: #""\u0000 1.0""#)
            _ = try await client.send("PUT", "/sessions/forever", body: "1.0")
            #expect(try await client.send("PUT", "/_entrypoints/sessions", body: settings).status == 201)
            #expect(try await client.send("PUT", "/_entrypoints/empty", body: "{}").status == 201)
            let made = try await source.command("backup", "--to", file, "--histories")
            #expect(made.status == .exit(0) && made.errors.contains("3 leaves"), "\(made)")
            let again = try await source.command("backup", "--to", file)
            #expect(again.status == .exit(1) && again.errors.contains("--force"), "\(again)")
            let named = try await source.command("backup", "--to", folder.path)
            #expect(named.status == .exit(0), "\(named)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).count == 2)
            #expect(try await source.command("backup", "--to", "-", "-q").output.split(separator: "\n").count == 7)
        }
        try await withService(store) { target in
            let client = target.client()
            let (status, _, errors) = try await target.command("restore", "--from", file)
            #expect(status == .exit(0) && errors.contains("3 leaves"), "\(errors)")
            #expect(try await client.send("GET", "/a").text == #"{"b":3}"#)
            let history = try await client.send("GET", "/a/b?history")
            for (index, number) in [3, 2, 1].enumerated() {
                #expect(try history.part("/\(index)/value") == .integer(number))
                #expect(try history.text(at: "/\(index)/modifiedBy") == "by\(number)")
            }
            #expect(try await client.send("GET", "/sessions/forever?entry").part("/metadata/expiresAt") == .null)
            #expect(try await client.send("GET", "/sessions/x?entry").part("/metadata/expiresAt")?.kind == .string)
            let restored = try await client.send("GET", "/_entrypoints/sessions")
            #expect(try restored.part("/casRequired")?.text == .true && restored.part("/history") == .integer(8))
            #expect(try restored.text(at: "/ttl") == "12h")
            #expect(try await client.send("GET", "/_entrypoints").text.contains(#""empty""#))
            let second = try await target.command("restore", "--from", file)
            #expect(second.status == .exit(4) && second.errors.contains("--merge"), "\(second)")
        }
    }

    /// A snapshot of which a byte is another, or the end is missing: exit code 1, and nothing is restored.
    @Test func `a snapshot that was cut or changed is refused as a whole`() async throws {
        let folder = try TemporaryFolder()
        let file = "\(folder.path)/all.ndjson"
        try await withService { service in
            for number in 0..<50 { _ = try await service.client().send("PUT", "/a/\(number)", body: "\"text\"") }
            #expect(try await service.command("backup", "--to", file).status == .exit(0))
            #expect(try await service.client().send("DELETE", "/a").status == 204)
            let whole = try contents(ofFile: file)
            let lastLine = whole.dropLast().lastIndex(of: 0x0A) ?? 0
            var damaged: [[UInt8]] = [0, 1, whole.count / 2, lastLine, lastLine + 1, whole.count - 2].map {
                Array(whole[..<$0])
            }
            for place in stride(from: 0, to: whole.count - 1, by: whole.count / 20) {
                var bytes = whole
                bytes[place] ^= 1
                damaged.append(bytes)
            }
            damaged.append(whole + Array("{}\n".utf8))
            for bytes in damaged {
                try Data(bytes).write(to: URL(filePath: file))
                let (status, _, errors) = try await service.command("restore", "--from", file)
                #expect(status == .exit(1) && !errors.isEmpty, "\(errors)")
                #expect(try await service.client().send("GET", "/a?keys&count").text == "0")
            }
            try Data(whole).write(to: URL(filePath: file))
            #expect(try await service.command("restore", "--from", file).status == .exit(0))
            #expect(try await service.client().send("GET", "/a?keys&count").text == "50")
        }
    }

    private static func lines(_ file: String) throws -> [Substring] {
        String(decoding: try contents(ofFile: file), as: UTF8.self).split(separator: "\n")
    }
}
