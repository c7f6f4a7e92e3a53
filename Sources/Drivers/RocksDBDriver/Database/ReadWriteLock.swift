#if canImport(Glibc)
    import Glibc
#endif

/// A lock for many readers or one writer. A waiting writer goes first, so constant reading can't block it.
final class ReadWriteLock: Sendable {
    // A pthread lock must not move, so it has memory of its own; pthread makes it safe to share.
    private nonisolated(unsafe) let lock = UnsafeMutablePointer<pthread_rwlock_t>.allocate(capacity: 1)

    /// An unlocked lock.
    init() {
        var attributes = pthread_rwlockattr_t()
        pthread_rwlockattr_init(&attributes)
        pthread_rwlockattr_setkind_np(&attributes, Int32(PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP))
        let code = pthread_rwlock_init(lock, &attributes)
        precondition(code == 0, "pthread_rwlock_init failed: \(code)")
        pthread_rwlockattr_destroy(&attributes)
    }

    deinit {
        pthread_rwlock_destroy(lock)
        lock.deallocate()
    }

    /// Runs a body that reads. It must not take this lock again.
    func read<Result, Failure>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        pthread_rwlock_rdlock(lock)
        defer { pthread_rwlock_unlock(lock) }
        return try body()
    }

    /// Runs a body that changes what readers use.
    func write<Result, Failure>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        pthread_rwlock_wrlock(lock)
        defer { pthread_rwlock_unlock(lock) }
        return try body()
    }
}
