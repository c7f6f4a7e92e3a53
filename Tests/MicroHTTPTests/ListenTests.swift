import Glibc
import Testing

@testable import MicroHTTP

/// The address of a server, and its errors if it can't listen.
@Suite(.timeLimit(.minutes(1)))
struct ListenTests {
    @Test(arguments: [
        ("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("::1", "::1"), ("[::1]", "::1"), ("::", "::1"),
        ("::", "127.0.0.1"),
    ])
    func `addresses of both families`(_ host: String, _ from: String) async throws {
        let reply = try await withServer({ $0.host = host }) { server in
            try await onThread { [port = server.port] in
                let client = try RawClient(port, host: from)
                client.send("GET / HTTP/1.1\r\nHost: a\r\n\r\n")
                return try client.readResponse()
            }
        }
        #expect(reply.body == "hello")
    }

    private func failure(_ change: (inout ServerConfiguration) -> Void) -> ServerError? {
        var configuration = ServerConfiguration()
        change(&configuration)
        let server = Server(configuration: configuration) { _ in .now(Response(status: 200)) }
        do {
            try server.start()
            return nil
        } catch {
            return error
        }
    }

    @Test func `the error for an address in use names the address`() async throws {
        try await withServer { server in
            let error = failure { $0.port = server.port }
            #expect(error?.code == .addressInUse)
            #expect(error?.message.contains("127.0.0.1 port \(server.port) is in use") == true)
        }
    }

    @Test func `errors in the configuration are reported`() {
        #expect(failure { $0.host = "localhost" }?.code == .invalidHost)
        #expect(failure { $0.host = "1.2.3.4.5" }?.message.contains("1.2.3.4.5") == true)
        #expect(failure { $0.host = "192.0.2.1" }?.code == .addressNotAvailable)
        #expect(failure { $0.port = 70000 }?.code == .invalidConfiguration)
        #expect(failure { $0.connectionMemory = 4096 }?.message.contains("at least 10240") == true)
        #expect(failure { $0.threads = -1 }?.code == .invalidConfiguration)
    }

    @Test func `one thread is enough`() async throws {
        let replies = try await withServer({ $0.threads = 1 }) {
            try await exchange($0.port, "GET / HTTP/1.1\r\nHost: a\r\n\r\n")
        }
        #expect(replies[0].status == 200)
    }

    @Test func `a server can be started only once`() async throws {
        try await withServer { server in #expect(throws: ServerError.self) { try server.start() } }
    }
}
