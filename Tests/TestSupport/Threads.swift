import Glibc

/// Runs blocking code on its own thread.
///
/// Tests run on the cooperative pool, which has one thread per core. Blocking code there starves all other tests.
public func onThread<Result: Sendable>(_ body: @escaping @Sendable () throws -> Result) async throws -> Result {
    try await withCheckedThrowingContinuation { continuation in
        startThread { continuation.resume(with: Swift.Result { try body() }) }
    }
}

/// Starts a detached thread.
func startThread(_ body: @escaping @Sendable () -> Void) {
    var thread = pthread_t()
    let start = Unmanaged.passRetained(ThreadStart(body: body))
    let code = pthread_create(
        &thread, nil,
        { argument in
            if let argument { Unmanaged<ThreadStart>.fromOpaque(argument).takeRetainedValue().body() }
            return nil
        }, start.toOpaque())
    precondition(code == 0, "no thread can be started: \(String(cString: strerror(code)))")
    pthread_detach(thread)
}

private final class ThreadStart {
    let body: @Sendable () -> Void

    init(body: @escaping @Sendable () -> Void) { self.body = body }
}

/// A failure outside of the service: no connection, no binary, or a missed deadline.
public struct TestFailure: Error, CustomStringConvertible {
    /// What happened.
    public let description: String

    /// A failure with a message.
    public init(_ description: String) { self.description = description }

    /// A failure of the last system call.
    static func system(_ call: String) -> TestFailure { TestFailure("\(call): \(String(cString: strerror(errno)))") }
}
