#if canImport(Glibc)
    import Glibc
#endif

/// Threads for what a driver waits for, the disk or a socket: never on Swift's cooperative pool, which has a thread per
/// core.
public enum OwnThread {
    private final class Body {
        let run: () -> Void
        init(_ run: @escaping () -> Void) { self.run = run }
    }

    /// Starts a thread that runs the body once.
    public static func start(_ run: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        // The thread takes the only reference over.
        let body = Unmanaged.passRetained(Body(run))
        let code = pthread_create(
            &thread, nil,
            { context in
                Unmanaged<Body>.fromOpaque(context!).takeRetainedValue().run()
                return nil
            }, body.toOpaque())
        precondition(code == 0, "pthread_create failed: \(code)")
        pthread_detach(thread)
    }
}
