#if canImport(Glibc)
    import Glibc
#endif

/// The process's limit of open files, of which each connection and each stream is one.
enum OpenFiles {
    /// With fewer there is no room for a store and some clients.
    static let least = 64

    /// What of the limit is whose.
    struct Share {
        let connections: Int
        let streams: Int
        /// For clients beyond that are told so, and, as many again, for those that were.
        let spare: Int
        /// The limit that gives all that was asked for.
        let needed: Int

        /// - Parameters:
        ///   - connections: the most that may be.
        ///   - streams: the most that may be.
        init(limit: Int, connections: Int, streams: Int) {
            needed = connections + streams + 1024
            spare = min(256, limit / 16)
            // The rest of what isn't the clients' is the store's, and what the process itself has open.
            let clients = limit - min(512, limit / 2) - 2 * spare
            self.connections = min(connections, max(clients / 2, clients - streams))
            self.streams = min(streams, clients - self.connections)
        }
    }

    /// Raises the soft limit to the hard one, which only the process's owner can raise, and gives it. The soft one is
    /// as a rule 1,024, for programs that use select(2).
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
