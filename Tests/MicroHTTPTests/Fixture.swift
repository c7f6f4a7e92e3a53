import Glibc
import Synchronization

@testable import MicroHTTP

/// Runs blocking code on a thread of its own.
func onThread<T: Sendable>(_ body: @escaping @Sendable () throws -> T) async throws -> T {
    try await withCheckedThrowingContinuation { continuation in
        Thread("client") { continuation.resume(with: Result { try body() }) }?.detach()
    }
}

/// A server on a free port for the time of `body`, whose handler may wait.
@discardableResult
func withServer<T: Sendable>(
    _ configure: (inout ServerConfiguration) -> Void = { _ in },
    handler: @escaping @Sendable (Request) async -> Response = { _ in Response(status: 200, body: Array("hello".utf8))
    },
    _ body: (Server) async throws -> T
) async throws -> T {
    try await withServer(configure, answering: { request in .later { await handler(request) } }, body)
}

/// A server on a free port for the time of `body`.
func withServer<T: Sendable>(
    _ configure: (inout ServerConfiguration) -> Void, answering handler: @escaping @Sendable (Request) -> Answer,
    _ body: (Server) async throws -> T
) async throws -> T {
    var configuration = ServerConfiguration()
    configuration.drainTimeout = .seconds(2)
    configure(&configuration)
    let server = Server(configuration: configuration, handler: handler)
    try server.start()
    do {
        let result = try await body(server)
        await server.drain()
        return result
    } catch {
        await server.drain()
        throw error
    }
}

/// Sends `requests` over one connection, one after the other, and reads a response to each.
func exchange(_ port: Int, _ requests: String...) async throws -> [Reply] {
    try await onThread {
        let client = try RawClient(port)
        return try requests.map { request in
            client.send(request)
            return try client.readResponse(toHead: request.hasPrefix("HEAD"))
        }
    }
}

/// Answers with the parts of the request that it understood, one per line.
@Sendable func describe(_ request: Request) async -> Response {
    let lines = [
        request.method.rawValue, String(decoding: request.path, as: UTF8.self),
        request.query.map { String(decoding: $0, as: UTF8.self) } ?? "-",
        String(decoding: request.body, as: UTF8.self),
    ]
    return Response(status: 200, body: Array(lines.joined(separator: "\n").utf8))
}

/// Collects values from any thread.
final class Collector<Value: Sendable>: Sendable {
    private let values = Mutex<[Value]>([])
    var all: [Value] { values.withLock { $0 } }
    func add(_ value: Value) { values.withLock { $0.append(value) } }
}

/// Shows whether an object is still in memory.
///
/// `@unchecked Sendable` because it is set once, before it is shared; reading a weak reference is safe anywhere.
final class WeakReference: @unchecked Sendable {
    private weak var object: AnyObject?
    init(_ object: AnyObject) { self.object = object }
    var isGone: Bool { object == nil }
}
