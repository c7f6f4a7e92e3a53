import Glibc

/// A thread of our own: sockets are waited for here and never on Swift's cooperative pool, which has a thread per core.
enum LoopThread {
    private final class Body {
        let run: () -> Void
        init(_ run: @escaping () -> Void) { self.run = run }
    }

    /// Starts a thread that runs the body once.
    static func start(_ run: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        // The thread takes the only reference over.
        let body = Unmanaged.passRetained(Body(run))
        let code = pthread_create(
            &thread, nil,
            { context in
                // hiredis writes without MSG_NOSIGNAL: a connection that is gone would end the process.
                var signals = sigset_t()
                sigemptyset(&signals)
                sigaddset(&signals, SIGPIPE)
                pthread_sigmask(SIG_BLOCK, &signals, nil)
                Unmanaged<Body>.fromOpaque(context!).takeRetainedValue().run()
                return nil
            }, body.toOpaque())
        precondition(code == 0, "pthread_create failed: \(code)")
        pthread_detach(thread)
    }
}
