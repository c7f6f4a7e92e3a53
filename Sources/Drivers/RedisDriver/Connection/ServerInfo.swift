import NestKVStorage

/// What the server reports of itself: `INFO`, and the settings that durability depends on.
struct ServerInfo: Sendable {
    /// `INFO`, by name.
    private let fields: [Substring: Substring]
    /// `CONFIG GET`, by name; empty if that isn't permitted.
    var configuration: [String: String] = [:]

    /// Reads the reply to `INFO`.
    init(text: String) {
        var fields: [Substring: Substring] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            let pair = line.split(separator: ":", maxSplits: 1)
            if pair.count == 2 { fields[pair[0]] = pair[1] }
        }
        self.fields = fields
    }

    /// The version: `7.0.15`.
    var version: String { fields["redis_version"].map(String.init) ?? "of an unknown version" }

    /// The run id of the server: another one after each start.
    var run: String { fields["run_id"].map(String.init) ?? "" }

    /// The settings that durability depends on.
    static let settings = ["appendfsync", "no-appendfsync-on-rewrite", "save", "stop-writes-on-bgsave-error"]

    /// How durable a confirmed write is. If the server doesn't report its settings, only what is certain counts.
    var durability: Durability {
        guard fields["aof_enabled"] == "1" else {
            // Without snapshots nothing ever reaches a disk.
            return savesSnapshots && fields["rdb_last_bgsave_status"] != "err" ? .buffered : .memory
        }
        guard fields["aof_last_write_status"] != "err" else { return .memory }
        let isSynced =
            configuration["appendfsync"] == "always" && configuration["no-appendfsync-on-rewrite"] == "no"
        return isSynced ? .fsynced : .buffered
    }

    private var savesSnapshots: Bool { !configuration["save", default: ""].isEmpty }

    /// Why the server refuses writes at present; nil: it accepts them.
    func refusal(_ server: String) -> String? {
        if fields["aof_enabled"] == "1", fields["aof_last_write_status"] == "err" {
            return
                "Redis at \(server) can't write its append-only file (aof_last_write_status:err), so it refuses "
                + "writes. See its log, and check whether its disk is full."
        }
        if savesSnapshots, fields["rdb_last_bgsave_status"] == "err",
            configuration["stop-writes-on-bgsave-error"] != "no"
        {
            return
                "Redis at \(server) can't save snapshots (rdb_last_bgsave_status:err), so it refuses writes. See its "
                + "log, and check whether its disk is full."
        }
        return nil
    }

    /// Whether the server is so near its `maxmemory` that deletions should free memory.
    var isNearMaxmemory: Bool {
        guard let most = fields["maxmemory"].flatMap({ Int($0) }), most > 0,
            let used = fields["used_memory"].flatMap({ Int($0) })
        else { return false }
        return used >= most - most / 20
    }

    /// The policy by which the server evicts keys when its memory is full; nil: it evicts nothing.
    var eviction: String? {
        guard let policy = fields["maxmemory_policy"], policy != "noeviction", fields["maxmemory"] != "0" else {
            return nil
        }
        return String(policy)
    }

    /// Throws if the server can't hold a store.
    func check(_ server: String) throws(DriverError) {
        if fields["cluster_enabled"] == "1" {
            throw DriverError(
                .configuration,
                "Redis at \(server) is part of a Redis Cluster, which nestkv doesn't support: commits and subtrees "
                    + "need all keys on one server. Use a single server or a primary with replicas.")
        }
        if fields["loading"] == "1" {
            let share = fields["loading_loaded_perc"].map { " (\($0) %)" } ?? ""
            throw DriverError(
                .configuration, "Redis at \(server) is still loading its data\(share): try again when it is done.")
        }
        if fields["role"] == "slave" {
            let primary = fields["master_host"].map { "\($0):\(fields["master_port"] ?? "")" } ?? "its primary"
            throw DriverError(
                .configuration,
                "Redis at \(server) is a replica, which accepts no writes: give the address of \(primary).")
        }
        let numbers = version.split(separator: ".").prefix(2).compactMap { Int($0) }
        if numbers.count == 2, numbers.lexicographicallyPrecedes([6, 2]) {
            throw DriverError(
                .configuration, "Redis at \(server) has version \(version): nestkv needs version 6.2 or later.")
        }
    }
}
