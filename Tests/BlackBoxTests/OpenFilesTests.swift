import Glibc
import TestSupport
import Testing

/// A low limit of open files.
@Suite(.timeLimit(.minutes(3)))
struct OpenFilesTests {
    // Sent: more connections and streams than there may be files. Came back: nothing for most, 21 MB of log lines a
    // second, and a core kept busy. Should: 503 for the rest, a store that works, and a log of some lines.
    @Test(arguments: StoreKind.tested, [96, 256])
    func `connections above the limit of open files get 503`(_ store: StoreKind, _ files: Int) async throws {
        let place = try await store.place()
        let log = "\(place.folder.path)/log"
        let service = try await ServiceProcess.start(
            redirecting: "2>'\(log)'", store: place.address, ["--log-level", "warning"], first: "ulimit -n \(files)")
        let port = service.port
        let (served, refused, streams, hung) = try await onThread {
            var connections: [Connection] = []
            var counts = (served: 0, refused: 0, streams: 0, hung: 0)
            for number in 0..<(2 * files) {
                guard let connection = try? Connection(port: port) else { continue }
                let target = number % 2 == 0 ? "/_health/live" : "/_events?match=a/%23"
                try connection.send(Array("GET \(target) HTTP/1.1\r\nHost: localhost\r\n\r\n".utf8))
                guard let reply = try? connection.readHead() else {
                    counts.hung += 1
                    continue
                }
                if reply.status == 503 {
                    counts.refused += 1
                } else if number % 2 == 0 {
                    counts.served += 1
                } else {
                    counts.streams += 1
                }
                connections.append(connection)
            }
            let cpu = try Self.cpuTicks(service.id)
            sleep(1)
            let used = try Self.cpuTicks(service.id) - cpu
            #expect(used < 50, "it is busy")
            withExtendedLifetime(connections) {}
            return counts
        }
        #expect(
            served > 5 && streams > 5 && refused > files / 2 && hung == 0, "\(served) \(streams) \(refused) \(hung)")
        #expect(served + streams < files)
        usleep(300_000)
        // All of them are gone, and the store has what it needs.
        let client = service.client()
        let text = "\"\(String(repeating: "x", count: 100_000))\""
        for number in 0..<300 { #expect(try await client.send("PUT", "/a/\(number)", body: text).status == 201) }
        #expect(try await client.send("GET", "/_health/ready").status == 200)
        #expect(try await service.stop() == .exit(0))
        let logged = try contents(ofFile: log)
        #expect(logged.count < 20_000)
        withExtendedLifetime(place) {}
    }

    @Test func `a limit that is too low to serve is refused`() async throws {
        let (status, _, errors) = try await run(
            ["/bin/sh", "-c", "ulimit -n 40; exec \"$0\" serve --store memory: --port 0", ServiceProcess.program()],
            seconds: 20)
        #expect(status == .exit(1) && errors.contains("The limit of open files is 40"), "\(errors)")
    }

    /// Hundredths of seconds that a process has computed.
    private static func cpuTicks(_ process: Int32) throws -> Int {
        let text = String(decoding: try contents(ofFile: "/proc/\(process)/stat"), as: UTF8.self)
        let fields = text[(text.lastIndex(of: ")") ?? text.startIndex)...].split(separator: " ")
        return (Int(fields[12]) ?? 0) + (Int(fields[13]) ?? 0)
    }
}
