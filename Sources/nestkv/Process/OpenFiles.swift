#if canImport(Glibc)
    import Glibc
#endif

/// The process's limit of open files. Each connection and each stream is an open file.
enum OpenFiles {
    /// The smallest limit with which a store and some clients can be served.
    static let least = 64

    /// How the limit is divided.
    struct Share {
        let connections: Int
        let streams: Int
        /// Files for further clients, which get 503; as many again are for those that were already answered.
        let spare: Int
        /// The limit that both settings need.
        let needed: Int

        /// - Parameters:
        ///   - connections: `--max-connections`.
        ///   - streams: `--max-streams`.
        init(limit: Int, connections: Int, streams: Int) {
            needed = connections + streams + 1024
            spare = min(256, limit / 16)
            // The rest is for the store and for the process itself.
            let clients = limit - min(512, limit / 2) - 2 * spare
            self.connections = min(connections, max(clients / 2, clients - streams))
            self.streams = min(streams, clients - self.connections)
        }
    }

    /// Raises the soft limit to the hard one. The soft limit is usually 1,024, for programs that use select(2).
    ///
    /// - Returns: the limit that is in force.
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
