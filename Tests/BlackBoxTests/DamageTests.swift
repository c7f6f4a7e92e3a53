import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// A file of a store that was damaged unnoticed: one leaf is lost, the service works.
@Suite(.timeLimit(.minutes(2)), .enabled(if: StoreKind.tested.contains(.rocksdb)))
struct DamageTests {
    private static let leaves = 200

    @Test func `a damaged leaf is 503 and named in readiness, and all others are read and written`() async throws {
        let place = try await StoreKind.rocksdb.place()
        let (folder, address) = (place.folder, place.address)
        try await Self.fill(address)
        try Self.damage("\(folder.path)/store", holding: Self.value(0))

        let service = try await ServiceProcess.start(store: address)
        let client = service.client()
        for target in ["/d/000", "/d/000/below", "/d", "/d/000?leaf", "/d/000?entry"] {
            let reply = try await client.send("GET", target)
            #expect(
                try Check.problem(503, "store-corrupt").difference(in: reply, [:]) == nil, "\(target): \(reply.text)")
            #expect(reply["Retry-After"] != nil && reply.text.contains("Restore it from a backup"), "\(reply.text)")
        }
        let write = try await client.send("PUT", "/d/000", body: "1")
        #expect(try Check.problem(503, "store-corrupt").difference(in: write, [:]) == nil, "\(write.text)")

        #expect(try await client.send("GET", "/d/199").text == Self.value(199))
        // A compaction that meets the damage stops writing until the store was opened again.
        for (path, body) in [("/d/199", "2"), ("/other", "3")] {
            var status = 0
            for _ in 0..<200 where status < 200 || status > 201 {
                status = try await client.send("PUT", path, body: body).status
                if status > 201 { usleep(100_000) }
            }
            #expect(status == 200 || status == 201, "\(path)")
        }
        #expect(try await client.send("GET", "/d/199").text == "2")
        let ready = try await client.send("GET", "/_health/ready")
        #expect(try ready.status == 503 && ready.part("/status") == .string("damaged"), "\(ready.text)")
        // Whoever has found it first: a read, or the walk through everything after the start.
        #expect(ready.text.contains("damaged") && ready.text.contains(#""problem":"#), "\(ready.text)")
        #expect(try ready.part("/stores/0/since") != nil)
        #expect(service.log.contains("Corruption"), "the log has RocksDB's own words")
        #expect(try await service.stop() == .exit(0))
    }

    /// Writes the leaves and closes the store, which puts them into a file.
    private static func fill(_ address: String) async throws {
        let service = try await ServiceProcess.start(store: address)
        let client = service.client()
        for index in 0..<leaves {
            let name = String(repeating: "0", count: 3 - "\(index)".count) + "\(index)"
            let reply = try await client.send("PUT", "/d/\(name)", body: value(index))
            guard reply.status == 201 else { throw TestFailure("PUT is \(reply.status): \(reply.text)") }
        }
        #expect(try await service.stop() == .exit(0))
    }

    /// So large that it has a block of its own, and so random that it isn't stored shorter.
    private static func value(_ index: Int) -> String {
        var random = SeededGenerator(seed: UInt64(index))
        return "\"" + (0..<5000).map { _ in String(random.below(36), radix: 36) }.joined() + "\""
    }

    /// Changes one byte in the midst of a value in every file that holds it.
    private static func damage(_ store: String, holding value: String) throws {
        let part = Data(value.utf8.dropFirst(1000).prefix(12))
        var count = 0
        for name in try FileManager.default.contentsOfDirectory(atPath: store) where name.hasSuffix(".sst") {
            let path = "\(store)/\(name)"
            var data = Data(try contents(ofFile: path))
            guard let place = data.firstRange(of: part)?.lowerBound else { continue }
            data[place] ^= 1
            try data.write(to: URL(filePath: path))
            count += 1
        }
        guard count > 0 else { throw TestFailure("no file of \(store) holds the value") }
    }
}
