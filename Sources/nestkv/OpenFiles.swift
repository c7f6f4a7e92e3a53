#if canImport(Glibc)
    import Glibc
#endif

/// The process's limit of open files, of which each connection and each stream is one.
enum OpenFiles {
    /// What a store and the process itself may need beside those of clients.
    static let reserve = 1024

    /// Raises the soft limit to the hard one, which only the process's owner can raise, and gives it. The soft one is as a
    /// rule 1,024, for programs that use select(2).
    static func raiseLimit() -> Int {
        var limit = rlimit()
        let resource = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        guard getrlimit(resource, &limit) == 0 else { return 0 }
        var raised = limit
        raised.rlim_cur = limit.rlim_max
        if setrlimit(resource, &raised) == 0 { limit = raised }
        return Int(clamping: limit.rlim_cur)
    }
}
