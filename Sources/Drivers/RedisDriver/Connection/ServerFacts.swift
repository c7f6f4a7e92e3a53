import NestKVCore

/// What a server says of itself when a connection is set up.
struct ServerFacts: Sendable {
    /// `INFO`, by name.
    private let info: [Substring: Substring]
    /// `CONFIG GET`, by name; empty when that isn't permitted.
    var configuration: [String: String] = [:]

    /// Reads the reply to `INFO`.
    init(info text: String) {
        var info: [Substring: Substring] = [:]
        for line in text.split(whereSeparator: \.isNewline) {
            let pair = line.split(separator: ":", maxSplits: 1)
            if pair.count == 2 { info[pair[0]] = pair[1] }
        }
        self.info = info
    }

    /// The version: `7.0.15`.
    var version: String { info["redis_version"].map(String.init) ?? "of an unknown version" }

    /// Names the run of this server: another one after each start.
    var run: String { info["run_id"].map(String.init) ?? "" }

    /// The settings that durability depends on.
    static let settings = ["appendfsync", "no-appendfsync-on-rewrite", "save"]

    /// How durable a write is once the server has confirmed it: what is certain, where the server doesn't tell its settings.
    var durability: Durability {
        guard info["aof_enabled"] == "1" else {
            // Without snapshots nothing ever reaches a disk.
            return configuration["save", default: ""].isEmpty ? .memory : .buffered
        }
        let isSynced =
            configuration["appendfsync"] == "always" && configuration["no-appendfsync-on-rewrite"] == "no"
        return isSynced ? .fsynced : .buffered
    }

    /// Refuses a server that can't hold a store.
    func check(_ server: String) throws(DriverError) {
        if info["cluster_enabled"] == "1" {
            throw DriverError(
                .configuration,
                "Redis at \(server) is part of a Redis Cluster, which nestkv doesn't support: a commit "
                    + "and a subtree need all keys on one server. Use a single server or a primary with replicas.")
        }
        if info["role"] == "slave" {
            let primary = info["master_host"].map { "\($0):\(info["master_port"] ?? "")" } ?? "its primary"
            throw DriverError(
                .configuration, "Redis at \(server) is a replica and takes no writes: give the address of \(primary).")
        }
        let numbers = version.split(separator: ".").prefix(2).compactMap { Int($0) }
        if numbers.count == 2, numbers.lexicographicallyPrecedes([6, 2]) {
            throw DriverError(
                .configuration, "Redis at \(server) has version \(version); nestkv needs 6.2 or later.")
        }
    }
}
