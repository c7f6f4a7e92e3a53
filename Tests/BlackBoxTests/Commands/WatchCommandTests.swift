import MicroJSON
import TestSupport
import Testing

/// `nestkv watch`, also while the service is stopped and started.
@Suite(.timeLimit(.minutes(5)))
struct WatchCommandTests {
    @Test func `every change is a line, and it ends after --count`() async throws {
        try await withService { service in
            let client = service.client()
            _ = try await client.send("PUT", "/ep1/a", body: "1")
            let url = "http://127.0.0.1:\(service.port)"
            let watch = try ServiceProcess.spawn(
                ["watch", "/ep1", "/other/+/x", "--snapshot", "--count", "3", "--format", "table", "--server", url])
            try await watch.waitForOutput("snapshot /ep1")
            for path in ["/ep1/b", "/third/x", "/other/1/x", "/other/1/y"] {
                _ = try await client.send("PUT", path, body: "2")
            }
            #expect(try await watch.wait(seconds: 30) == .exit(0))
            let lines = ["snapshot /ep1 {\"a\":1}", "set /ep1/b 2", "set /other/1/x 2", ""]
            #expect(try await watch.output.whole() == lines.joined(separator: "\n"))
        }
    }

    @Test func `it continues after the last event if the service was away, and misses nothing`() async throws {
        let place = try await StoreKind.rocksdb.place()
        var service = try await ServiceProcess.start(store: place.address)
        let port = service.port
        let watch = try ServiceProcess.spawn(
            ["watch", "/ep1", "--since", "earliest", "--count", "9", "--server", "http://127.0.0.1:\(port)"])
        for round in 0..<3 {
            if round > 0 {
                service = try await ServiceProcess.start(store: place.address, ["--port", "\(port)"])
            }
            for number in 1...3 {
                _ = try await service.client().send("PUT", "/ep1/a", body: "\(round * 3 + number)")
            }
            // In the second round it is away again before the watcher is back.
            if round == 0 { try await watch.waitForOutput(#""value":3,"#) }
            if round < 2 { try await service.stop(round == 0 ? 15 : 9) }
        }
        #expect(try await watch.wait(seconds: 60) == .exit(0))
        let values = try await watch.output.whole().split(separator: "\n").map { line in
            try JSONText(parsing: String(line)).slice(at: [Array("value".utf8)])?.description
        }
        #expect(values == (1...9).map(String.init))
        try await service.stop()
    }

    @Test func `a server that refuses it, or isn't there, ends it`() async throws {
        try await withService(.memory, ["--entry-points", "ep1"]) { service in
            let refused = try await service.command("watch", "/ep2")
            #expect(refused.status == .exit(3) && refused.errors.contains("unknown-entry-point"), "\(refused.errors)")
            #expect(try await service.command("watch", "/a/#/b").status == .exit(1))
            #expect(try await service.command("watch", "--count", "0").status == .exit(2))
        }
        let gone = try await ServiceProcess.run(["watch", "--server", "http://127.0.0.1:1"])
        #expect(gone.status == .exit(1) && gone.errors.contains("connection refused"), "\(gone.errors)")
    }
}

extension ChildProcess {
    /// Waits until a text was printed, at most 20 seconds.
    func waitForOutput(_ text: String) async throws {
        for _ in 0..<2000 where !output.text.contains(text) { try await Task.sleep(for: .milliseconds(10)) }
        guard output.text.contains(text) else {
            throw TestFailure("'\(text)' was not printed, but: \(output.text)\(errors.text)")
        }
    }
}
