#if canImport(Glibc)
    import Glibc
#endif

/// Threads for blocking calls of a driver on a disk or a socket. These must never run on Swift's cooperative pool,
/// which has only one thread per core.
public enum OwnThread {
    private final class Body {
        let name: String
        let run: () -> Void

        init(_ name: String, _ run: @escaping () -> Void) {
            self.name = name
            self.run = run
        }
    }

    /// Starts a thread that runs the body once.
    ///
    /// - Parameter name: at most 15 bytes, as `top -H` shows it.
    public static func start(_ name: String, _ run: @escaping @Sendable () -> Void) {
        var thread = pthread_t()
        // The thread takes over the only reference.
        let body = Unmanaged.passRetained(Body(name, run))
        let code = pthread_create(
            &thread, nil,
            { context in
                let body = Unmanaged<Body>.fromOpaque(context!).takeRetainedValue()
                OwnThread.name(body.name)
                body.run()
                return nil
            }, body.toOpaque())
        precondition(code == 0, "pthread_create failed: \(code)")
        pthread_detach(thread)
    }

    /// Names the calling thread; otherwise it has the name of the one that started it.
    private static func name(_ name: String) {
        // `pthread_setname_np` needs _GNU_SOURCE, which Swift's Glibc module is built without.
        let file = open("/proc/thread-self/comm", O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { return }
        _ = write(file, name, name.utf8.count)
        close(file)
    }
}
