import FoundationEssentials
import Glibc
import TestSupport
import Testing

/// A real browser: the page from docs/http.md, unchanged.
@Suite(.timeLimit(.minutes(3)))
struct BrowserTests {
    private static let chromium = "/usr/bin/chromium"

    @Test(.enabled(if: access(chromium, X_OK) == 0, "needs Debian's package chromium, which scripts/test installs"))
    func `the page from the documentation shows the snapshot and then the changes`() async throws {
        try await withService(.memory, ["--cors-origins", "*"]) { service in
            let client = service.client()
            _ = try await client.send("PUT", "/ep1/main/sup1", body: #"{"key":"value"}"#)
            let folder = try TemporaryFolder()
            let page = "\(folder.path)/page.html"
            // The browser prints the page when it is complete: after it waited for this picture, which is invalid.
            let picture = "<img src='http://localhost:8080/quiet?since=now&wait=5s'>\n"
            let text = try (Document("docs/http.md").part(from: "```html\n", to: "```\n") + picture)
                .replacing("localhost:8080", with: "localhost:\(service.port)")
            try Data(text.utf8).write(to: URL(filePath: page))
            let writers = Writers(1, port: service.port, pause: 50_000) { _, number in
                HTTPRequest("PUT", "/ep1/main/sup2", body: Array("\(number)".utf8))
            }
            let printed = try await run(
                [
                    Self.chromium, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                    "--user-data-dir=\(folder.path)/browser", "--dump-dom", "file://\(page)",
                ], environment: ["HOME": folder.path], seconds: 120)
            try await writers.stop()
            #expect(printed.status == .exit(0), "\(printed.errors.suffix(2000))")
            let log = printed.output.split(separator: "<pre id=\"log\">").last?.split(separator: "</pre>").first ?? ""
            let lines = log.split(separator: "\n")
            #expect(
                lines.first?.hasPrefix(#"snapshot /ep1/main {"sup1":{"key":"value"}"#) ?? false, "\(printed.output)")
            let numbers = lines.dropFirst().compactMap {
                Int($0.drop { !$0.isNumber }.split(separator: " ").last ?? "")
            }
            #expect(lines.dropFirst().allSatisfy { $0.hasPrefix("set /ep1/main/sup2 ") })
            #expect(numbers.count > 1 && numbers == (0..<numbers.count).map { numbers[0] + $0 }, "\(lines)")
            withExtendedLifetime(folder) {}
        }
    }
}
