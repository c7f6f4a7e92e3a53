import NestKVStorage

#if canImport(Glibc)
    import Glibc
#endif

/// Tells the user something when an interruption (SIGINT) ends the process.
struct Interruption {
    private let message: String

    init(_ message: String) { self.message = message }

    /// From now on an interruption writes the message to standard error, and ends the process as it would have before.
    ///
    /// Call it on the main thread before other threads are started: they take over its signal mask.
    func listen() {
        var interruption = sigset_t()
        sigemptyset(&interruption)
        sigaddset(&interruption, SIGINT)
        pthread_sigmask(SIG_BLOCK, &interruption, nil)
        OwnThread.start("interruption") { [message] in
            var waited = sigset_t()
            sigemptyset(&waited)
            sigaddset(&waited, SIGINT)
            var number: Int32 = 0
            guard sigwait(&waited, &number) == 0 else { return }
            StandardStream.error.write(message)
            signal(SIGINT, SIG_DFL)
            pthread_sigmask(SIG_UNBLOCK, &waited, nil)
            raise(SIGINT)
        }
    }
}
