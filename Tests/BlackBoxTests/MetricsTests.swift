import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// `/_metrics`: what is measured, as Prometheus reads it.
@Suite(.timeLimit(.minutes(2)))
struct MetricsTests {
    @Test(arguments: StoreKind.tested)
    func `requests and operations are counted, by route and never by key`(_ store: StoreKind) async throws {
        try await withService(store) { service in
            let client = service.client()
            let secret = "k3y"
            for number in 0..<20 { _ = try await client.send("PUT", "/\(secret)/\(secret)\(number)", body: "1") }
            _ = try await client.send("GET", "/\(secret)/none")
            _ = try await client.send("GET", "/_\(secret)")
            _ = try await client.send("GET", "/_entrypoints/\(secret)")
            _ = try await client.send(secret.uppercased(), "/\(secret)")
            _ = try await client.send("POST", "/\(secret)/\(secret)1?op=compare-and-swap", body: #"{"old":2,"new":3}"#)
            let reply = try await client.send("GET", "/_metrics")
            #expect(reply["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8")
            let metrics = Self.values(reply.text)
            let requests = "nestkv_http_request_duration_seconds_count"
            #expect(metrics[#"\#(requests){route="/{entryPoint}/{path}",method="PUT",status="201"}"#] == 20)
            #expect(metrics[#"\#(requests){route="/{entryPoint}/{path}",method="GET",status="404"}"#] == 1)
            #expect(metrics[#"\#(requests){route="/_entrypoints/{name}",method="GET",status="200"}"#] == 1)
            #expect(metrics[#"\#(requests){route="unknown",method="GET",status="404"}"#] == 1)
            let commits =
                #"nestkv_driver_operation_duration_seconds_count{driver="\#(store)",op="commit",outcome="success"}"#
            #expect(metrics[commits] == 20)
            #expect(metrics["nestkv_store_up"] == 1)
            // On NATS each entry point counts for itself.
            #expect(metrics["nestkv_feed_revision"] == (store == .nats ? nil : 20))
            #expect(metrics["nestkv_sse_subscribers"] == 0 && metrics["nestkv_http_connections"] == 1)
            #expect(metrics["process_resident_memory_bytes"] ?? 0 > 1_000_000)
            #expect(metrics["process_open_fds"] ?? 0 > 3)
            #expect(!reply.text.lowercased().contains(secret), "a label holds what clients send")
            #expect(try await client.send("HEAD", "/_metrics").status == 200)
        }
    }

    @Test func `buckets rise, and the last one is the count`() async throws {
        try await withService { service in
            let client = service.client()
            for _ in 0..<50 { _ = try await client.send("GET", "/a/b") }
            let metrics = try await client.send("GET", "/_metrics").text
            let name = "nestkv_http_request_duration_seconds"
            let buckets = metrics.split(separator: "\n").filter { $0.hasPrefix("\(name)_bucket{route=\"/{e") }
                .compactMap { $0.split(separator: " ").last.flatMap { Int($0) } }
            #expect(buckets.count > 10 && buckets == buckets.sorted() && buckets.last == 50)
        }
    }

    /// Debian's `prometheus` has it; `scripts/test` installs it.
    @Test(.enabled(if: access(MetricsTests.promtool, X_OK) == 0), arguments: StoreKind.tested)
    func `promtool reports no problem`(_ store: StoreKind) async throws {
        try await withService(store) { service in
            let client = service.client()
            _ = try await client.send("PUT", "/a/b", body: "1")
            _ = try await client.send("GET", "/a")
            let folder = try TemporaryFolder()
            let file = folder.path + "/metrics"
            _ = FileManager.default.createFile(
                atPath: file, contents: Data(try await client.send("GET", "/_metrics").body))
            let check = "\(Self.promtool) check metrics <'\(file)' >'\(file).out' 2>&1"
            let status = try await onThread { system(check) }
            let said = String(decoding: try contents(ofFile: file + ".out"), as: UTF8.self)
            #expect(status == 0 && said.isEmpty, "\(said)")
            withExtendedLifetime(folder) {}
        }
    }

    fileprivate static let promtool = "/usr/bin/promtool"

    private static func values(_ text: String) -> [String: Double] {
        var values: [String: Double] = [:]
        for line in text.split(separator: "\n") where !line.hasPrefix("#") {
            guard let space = line.lastIndex(of: " ") else { continue }
            values[String(line[..<space])] = Double(line[space...].dropFirst())
        }
        return values
    }
}
