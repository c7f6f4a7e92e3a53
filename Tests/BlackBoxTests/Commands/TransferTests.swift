import FoundationEssentials
import MicroJSON
import TestSupport
import Testing

/// `nestkv export` and `nestkv import`.
@Suite(.timeLimit(.minutes(10)))
struct TransferTests {
    @Test(arguments: StoreKind.tested)
    func `an export is stored in another store after one import or two`(_ store: StoreKind) async throws {
        let folder = try TemporaryFolder()
        let file = "\(folder.path)/all.ndjson"
        try await withService(.memory) { source in
            try await Self.fill(source)
            let (status, _, errors) = try await source.command("export", "--output", file)
            #expect(status == .exit(0) && errors.contains("1209 leaves exported"), "\(errors)")
            try await withService(store) { target in
                for _ in 0..<2 {
                    let (status, _, errors) = try await target.command("import", file)
                    #expect(status == .exit(0) && errors.contains("1209 leaves imported"), "\(errors)")
                }
                let copied = try await Self.leaves(target.command("export", "--quiet").output)
                #expect(try Self.leaves(String(decoding: contents(ofFile: file), as: UTF8.self)) == copied)
                let expiry = try await target.client().send("GET", "/odd/soon?entry").part("/metadata/expiresAt")
                #expect(expiry?.kind == .string)
            }
        }
    }

    @Test func `an export that was cut continues after its last complete line`() async throws {
        let folder = try TemporaryFolder()
        let file = "\(folder.path)/all.ndjson"
        try await withService { service in
            try await Self.fill(service)
            let whole = try await service.command("export", "--quiet").output
            let bytes = Array(whole.utf8)
            for cut in [0, 1, 100, bytes.count / 2, bytes.count - 1, bytes.count] {
                try Data(bytes[..<cut]).write(to: URL(filePath: file))
                let (status, _, errors) = try await service.command("export", "-o", file, "--resume", "-q")
                #expect(status == .exit(0), "\(errors)")
                #expect(try contents(ofFile: file) == bytes, "cut after \(cut) bytes")
            }
            let refused = try await service.command("export", "-o", file)
            #expect(refused.status == .exit(1) && refused.errors.contains("--resume"), "\(refused.errors)")
            #expect(try await service.command("export", "-o", file, "--force", "/many", "-q").status == .exit(0))
            let elsewhere = try await service.command("export", "-o", file, "--resume", "/odd")
            #expect(elsewhere.status == .exit(2) && elsewhere.errors.contains("/many/"), "\(elsewhere.errors)")
            #expect(try await service.command("export", "/many", "/many/k1").status == .exit(2))
            #expect(try await service.command("export", "/many//k1").status == .exit(2))
            let rest = try await service.command("export", "-q", "/%6Fdd/", "--after", "/odd/a%2fb \"?")
            #expect(rest.output.split(separator: "\n").count == 8 && !rest.output.contains("/odd/a"), "\(rest.errors)")
            try Data("not an export\n".utf8).write(to: URL(filePath: file))
            #expect(try await service.command("export", "-o", file, "--resume").status == .exit(1))
            #expect(try contents(ofFile: file) == Array("not an export\n".utf8))
        }
    }

    @Test func `a page of large entries ends early, and the export has them all`() async throws {
        try await withService { service in
            let client = service.client()
            let text = "\"" + String(repeating: "x", count: 900_000) + "\""
            for number in 0..<12 { _ = try await client.send("PUT", "/big/\(number)", body: text) }
            let page = try await client.send("GET", "/big?keys&entry")
            #expect(page.status == 200 && page.body.count < 6 << 20)
            #expect(try page.part("/next")?.kind == .string)
            #expect(try await service.command("export", "-q").output.split(separator: "\n").count == 12)
        }
    }

    @Test func `a line that fails is named, and the import continues where the message says`() async throws {
        let folder = try TemporaryFolder()
        let file = "\(folder.path)/lines.ndjson"
        let large = "\"" + String(repeating: "x", count: 70_000) + "\""
        let lines = [
            #"{"path":"/a/1","value":1}"#, "", #"{"path":"/a/2","value":2,"metadata":{"tags":["t"],"comment":"c"}}"#,
            #"{"path":"/a/3","value":\#(large)}"#, #"{"path":"/a/4","value":4}"#, #"{"path":"/a/5""#,
            #"{"path":"/a//6","value":6}"#, #"{"value":7}"#,
            #"{"path":"/a/8","value":8,"metadata":{"expiresAt":"2020-01-01T00:00:00.000Z"}}"#,
            #"{"path":"/a/9","value":9}"#,
        ]
        try Data(lines.joined(separator: "\r\n").utf8).write(to: URL(filePath: file))
        try await withService(.memory, ["--max-value-size", "64KiB", "--max-batch-size", "100KiB"]) { service in
            let (status, _, errors) = try await service.command("import", file)
            #expect(status == .exit(1))
            #expect(errors.contains("Line 4 (/a/3): ") && errors.contains("continue with --skip 0"), "\(errors)")
            #expect(try await service.client().send("GET", "/a").text == #"{"1":1,"2":2,"4":4}"#)
            let second = try await service.command("import", file, "--skip", "4")
            #expect(second.status == .exit(1))
            #expect(
                second.errors.contains("Line 6 is not JSON") && second.errors.contains("--skip 5"), "\(second.errors)")
            let all = try await service.command("import", file, "--keep-going", "--skip", "4")
            #expect(all.status == .exit(1))
            for text in [
                "Line 6 ", "Line 7 (/a//6)", "Line 8 is not an entry", "2 leaves imported", "1 left out, 3 failed",
            ] {
                #expect(all.errors.contains(text), "'\(text)' is not in: \(all.errors)")
            }
            #expect(try await service.client().send("GET", "/a").text == #"{"1":1,"2":2,"4":4,"9":9}"#)
        }
    }

    @Test func `an import that is killed continues by its checkpoint, and one whose service is away waits for it`()
        async throws
    {
        let folder = try TemporaryFolder()
        let (file, checkpoint) = ("\(folder.path)/lines.ndjson", "\(folder.path)/checkpoint")
        let lines = (1...20_000).map { #"{"path":"/a/\#($0)","value":\#($0)}"# + "\n" }
        try Data(lines.joined().utf8).write(to: URL(filePath: file))
        let place = try await StoreKind.rocksdb.place()
        var service = try await ServiceProcess.start(store: place.address)
        let port = service.port
        let words = ["import", file, "--checkpoint", checkpoint, "--server", "http://127.0.0.1:\(port)"]
        let killed = try ServiceProcess.spawn(words)
        try await eventually("a checkpoint is written") { FileManager.default.fileExists(atPath: checkpoint) }
        killed.signal(9)
        #expect(try await killed.wait(seconds: 10) == .signal(9))
        let done = String(decoding: try contents(ofFile: checkpoint), as: UTF8.self)
        let second = try ServiceProcess.spawn(words)
        try await eventually("the checkpoint moves") { (try? contents(ofFile: checkpoint)) != Array(done.utf8) }
        try await service.stop(9)
        service = try await ServiceProcess.start(store: place.address, ["--port", "\(port)"])
        #expect(try await second.wait(seconds: 60) == .exit(0))
        #expect(try await !second.errors.whole().contains("20000 leaves"))
        #expect(try await service.client().send("GET", "/a?keys&count").text == "20000")
        #expect(!FileManager.default.fileExists(atPath: checkpoint))
        try await service.stop()
    }

    @Test func `an export waits for a service that is away, as long as --retry says`() async throws {
        let place = try await StoreKind.rocksdb.place()
        let service = try await ServiceProcess.start(store: place.address)
        try await Self.fill(service)
        let whole = try await service.command("export", "-q")
        try await service.stop()
        let server = ["--server", "http://127.0.0.1:\(service.port)"]
        let (status, _, errors) = try await ServiceProcess.run(["export", "--retry", "0"] + server)
        #expect(status == .exit(1) && errors.contains("connection refused"), "\(errors)")
        let export = try ServiceProcess.spawn(["export", "-q"] + server)
        for _ in 0..<2000 where export.errors.text.isEmpty { try await Task.sleep(for: .milliseconds(5)) }
        #expect(export.errors.text.contains("connection refused. Trying again."))
        let again = try await ServiceProcess.start(store: place.address, ["--port", "\(service.port)"])
        #expect(try await export.wait(seconds: 60) == .exit(0))
        #expect(try await export.output.whole() == whole.output)
        try await again.stop()
    }

    /// 1,209 leaves in two entry points: more than a page, and some that are hard to carry over.
    private static func fill(_ service: ServiceProcess) async throws {
        let client = service.client()
        let many = (1...1200).map { "\"k\($0)\":{\"n\":\($0)}" }.joined(separator: ",")
        #expect(try await client.send("PUT", "/many?flatten=1", body: "{\(many)}").status == 201)
        let odd = [
            ("/odd/a%2Fb%20%22%3F", "1.0"), ("/odd/%C3%A9:*", "1e400"), ("/odd/doc?leaf", #"{"_value":1,"b":{}}"#),
            ("/odd/doc/below?leaf", "[[],{}]"), ("/odd/doc/below/deeper?leaf", "12345678901234567890"),
            ("/odd/null", "null"), ("/odd/soon?ttl=2h", #""\u0000\uD83D\uDE00""#), ("/odd/doc!", "false"),
            ("/odd/zzz", String(repeating: "[", count: 512) + String(repeating: "]", count: 512)),
        ]
        for (path, value) in odd {
            let headers = [("Nestkv-Tags", "x,y"), ("Nestkv-Modified-By", "élise"), ("Nestkv-Comment", "why \"so\"")]
            #expect(try await client.send("PUT", path, headers: headers, body: value).status == 201, "\(path)")
        }
    }

    /// What an export says of leaves that another store has, too.
    private static func leaves(_ export: String) throws -> [[String?]] {
        try export.split(separator: "\n").map { line in
            let entry = try JSONText(parsing: String(line), limits: JSONLimits(maximumDepth: 1000))
            return ["path", "value", "metadata/tags", "metadata/modifiedBy", "metadata/comment", "metadata/dataHash"]
                .map {
                    entry.slice(at: $0.split(separator: "/").map { Array($0.utf8) })?.description
                }
        }
    }
}
