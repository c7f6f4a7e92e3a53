import FoundationEssentials
import Glibc
import MicroJSON
import TestSupport
import Testing

/// Backups of RocksDB's files by `POST /_backup`, and snapshots of any store by `nestkv backup --to`, both under load.
@Suite(.serialized, .timeLimit(.minutes(10)))
struct BackupTests {
    /// `POST /_backup` under load answers 201 with a revision; restored, the store holds what `GET ?at=` of that
    /// revision gives.
    @Test func `a restored backup of a RocksDB store under load is the state at its revision`() async throws {
        let place = try await StoreKind.rocksdb.place()
        let folder = "\(place.folder.path)/backups"
        let options = ["--backup-folder", folder, "--history", "10000"]
        let service = try await ServiceProcess.start(store: place.address, options)
        let stream = try await service.client().send("GET", "/_events?since=now")
        #expect(stream.status == 204)
        var made: [(path: String, revision: Int, then: String)] = []
        try await Self.underLoad(service) {
            for number in 0..<3 {
                let reply = try await service.client().send(
                    "POST", "/_backup", body: number == 2 ? #"{"to":"daily"}"# : nil)
                #expect(reply.status == 201, "\(reply.text)")
                let revision = try reply.text(at: "/revision")
                let then = try await service.client().send("GET", "/pairs?at=\(revision)")
                made.append((try reply.text(at: "/path"), Int(revision) ?? 0, then.text))
                try await Task.sleep(for: .milliseconds(200))
            }
        }
        #expect(made.map(\.path) == ["\(folder)/000001", "\(folder)/000002", "\(folder)/daily/000001"])
        let list = try await service.client().send("GET", "/_backup")
        #expect(try list.part("/backups/1/id")?.text.description == #""000002""#)
        let last = try await service.client().send("GET", "/_events?since=earliest&limit=1").text(at: "/next")
        for backup in made {
            let target = "\(place.folder.path)/restored-\(backup.revision)"
            let restored = try await ServiceProcess.run(
                ["restore", "--from", backup.path, "--to", "rocksdb:\(target)"])
            #expect(
                restored.status == .exit(0) && restored.output.contains("revision \(backup.revision)"), "\(restored)")
            let again = try await ServiceProcess.start(store: "rocksdb:\(target)")
            #expect(try await again.client().send("GET", "/pairs").text == backup.then)
            let inUse = try await ServiceProcess.run(
                ["restore", "--from", backup.path, "--to", "rocksdb:\(target)", "--replace"])
            #expect(inUse.status == .exit(1) && inUse.errors.contains("open in another process"), "\(inUse)")
            // A position in the former feed is not valid in this one.
            let resumed = try await again.client().send("GET", "/_events?since=\(last)")
            #expect(resumed.status == 410, "\(resumed.status) \(resumed.text)")
            #expect(try await again.stop() == .exit(0))
        }
        #expect(try await service.stop() == .exit(0))
    }

    /// Without `--backup-folder` it is 501 and says how to turn it on; a client never names another folder than one
    /// below it.
    @Test func `a client can't choose where a backup is written`() async throws {
        try await withService(.rocksdb) { service in
            let reply = try await service.client().send("POST", "/_backup")
            #expect(reply.status == 501 && reply.text.contains("--backup-folder"), "\(reply.text)")
            #expect(try await service.client().send("GET", "/_backup").status == 501)
        }
        let folder = try TemporaryFolder()
        try await withService(.rocksdb, ["--backup-folder", folder.path]) { service in
            for name in ["", "..", "/tmp", "a/b", "1", "000001", ".x", "a b", "é", String(repeating: "a", count: 65)] {
                let reply = try await service.client().send("POST", "/_backup", body: #"{"to":"\#(name)"}"#)
                #expect(reply.status == 400, "\(name): \(reply.status) \(reply.text)")
            }
            for body in [#"{"folder":"/tmp"}"#, #"{"to":1}"#, "[]"] {
                #expect(try await service.client().send("POST", "/_backup", body: body).status == 400, "\(body)")
            }
            #expect(try await service.client().send("GET", "/_backup?to=../x").status == 400)
        }
        try await withService(.memory, ["--backup-folder", folder.path]) { service in
            let reply = try await service.client().send("POST", "/_backup")
            #expect(reply.status == 501 && reply.text.contains("nestkv backup --to"), "\(reply.text)")
        }
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    }

    /// The service is killed during a backup. It starts again, and every listed backup is complete.
    @Test func `a service that is killed during a backup leaves no incomplete one`() async throws {
        let place = try await StoreKind.rocksdb.place()
        let folder = "\(place.folder.path)/backups"
        for round in 0..<4 {
            let service = try await ServiceProcess.start(store: place.address, ["--backup-folder", folder])
            let port = service.port
            let value =
                "\"" + (0..<20_000).map { _ in String(UInt64.random(in: 0 ... .max), radix: 36) }.joined() + "\""
            for number in 0..<20 {
                _ = try await service.client().send("PUT", "/big/\(round)-\(number)", body: value)
            }
            let request = Task { try? await HTTPClient(port: port).send("POST", "/_backup") }
            try await Task.sleep(for: .milliseconds(15 * round))
            try await service.stop(9)
            _ = await request.value
        }
        let service = try await ServiceProcess.start(store: place.address, ["--backup-folder", folder])
        #expect(try await service.client().send("POST", "/_backup").status == 201)
        let (status, output, errors) = try await ServiceProcess.run(["backups", "--from", folder, "--verify"])
        #expect(status == .exit(0) && !output.isEmpty, "\(errors)")
        let names = try FileManager.default.contentsOfDirectory(atPath: folder)
        #expect(names.allSatisfy { !$0.hasPrefix(".unfinished") }, "\(names)")
        #expect(try await service.stop() == .exit(0))
    }

    @Test func `the commands back up a closed store, list, verify and restore`() async throws {
        let place = try await StoreKind.rocksdb.place()
        let folder = "\(place.folder.path)/backups"
        let service = try await ServiceProcess.start(store: place.address)
        _ = try await service.client().send("PUT", "/a/b", body: "1")
        let open = try await ServiceProcess.run(["backup", "--store", place.address, "--to", folder])
        #expect(open.status == .exit(1) && open.errors.contains("open in another process"), "\(open)")
        #expect(try await service.stop() == .exit(0))
        for _ in 0..<3 {
            let made = try await ServiceProcess.run(["backup", "--store", place.address, "--to", folder, "--keep", "2"])
            #expect(made.status == .exit(0) && made.output.contains(#""revision":1"#), "\(made)")
        }
        let list = try await ServiceProcess.run(["backups", "--from", folder, "--verify"])
        #expect(list.status == .exit(0) && list.output.split(separator: "\n").count == 2, "\(list)")
        var bytes = try contents(ofFile: "\(folder)/000003/CURRENT")
        bytes[0] ^= 1
        try Data(bytes).write(to: URL(filePath: "\(folder)/000003/CURRENT"))
        let damaged = try await ServiceProcess.run(["backups", "--from", folder, "--verify"])
        #expect(damaged.status == .exit(1) && damaged.errors.contains("000003' is damaged"), "\(damaged)")
        let target = "rocksdb:\(place.folder.path)/new"
        let refused = try await ServiceProcess.run(["restore", "--from", folder, "--to", target])
        #expect(refused.status == .exit(1) && refused.errors.contains("'CURRENT' was changed"), "\(refused)")
        let restored = try await ServiceProcess.run(["restore", "--from", "\(folder)/000002", "--to", target])
        #expect(restored.status == .exit(0), "\(restored)")
        let again = try await ServiceProcess.start(store: target)
        #expect(try await again.client().send("GET", "/a/b").text == "1")
        #expect(try await again.stop() == .exit(0))
        for words in [
            ["backup", "--store", place.address], ["restore", "--from", folder], ["backup", "--histories"],
            ["backup", "--store", "nonsense:", "--to", folder], ["restore", "--from", folder, "--to", "redis://x"],
        ] {
            #expect(try await ServiceProcess.run(words).status == .exit(2), "\(words)")
        }
    }
}

extension BackupTests {
    /// Runs a body while eight clients set two leaves to the same number in one transaction, make leaves and delete
    /// them.
    static func underLoad(
        _ service: ServiceProcess, pausing microseconds: UInt32 = 0, _ body: () async throws -> Void
    ) async throws {
        let port = service.port
        let padding = String(repeating: "x", count: 300)
        try await withThrowingTaskGroup(of: Void.self) { group in
            let flag = Flag()
            group.addTask {
                _ = try await inParallel(port, clients: 8) { writer, connection in
                    var number = 0
                    while !flag.isSet {
                        let operations = ["a", "b"].map {
                            #"{"method":"PUT","path":"/pairs/\#(writer)/\#($0)","value":[\#(number),"\#(padding)"]}"#
                        }
                        let other = number % 3 == 2 ? "DELETE" : "PUT"
                        let value = other == "PUT" ? #","value":\#(number)"# : ""
                        // Every third deletes one that was made before, once.
                        let leaf = other == "PUT" ? number : number - 2
                        let third = #"{"method":"\#(other)","path":"/pairs/\#(writer)/n\#(leaf)"\#(value)}"#
                        _ = try connection.send(
                            HTTPRequest(
                                "POST", "/_transaction",
                                body: Array(#"{"operations":[\#((operations + [third]).joined(separator: ","))]}"#.utf8)
                            ))
                        number += 1
                        if microseconds > 0 { usleep(microseconds) }
                    }
                }
            }
            do {
                try await Task.sleep(for: .milliseconds(200))
                try await body()
            } catch {
                flag.set()
                throw error
            }
            flag.set()
            try await group.waitForAll()
        }
    }
}

extension Reply {
    /// The string or number at a JSON pointer.
    func text(at pointer: String) throws -> String {
        guard let value = try part(pointer) else { throw TestFailure("there is no \(pointer) in \(text.prefix(300))") }
        return value.stringContent.map { String(decoding: $0, as: UTF8.self) } ?? value.text.description
    }
}
