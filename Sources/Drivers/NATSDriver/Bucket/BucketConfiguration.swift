import MicroJSON
import NestKVCore

/// What a bucket was made with, as far as it matters here.
struct BucketConfiguration: Sendable {
    let replicas: Int
    let isOnDisk: Bool
    let hasDirectGet: Bool
    let hasAtomicBatch: Bool

    /// What the server says of a stream.
    init(_ info: Answer) {
        let config = info["config"]
        replicas = max(1, Int(config["num_replicas"].count))
        isOnDisk = config["storage"].string != "memory"
        hasDirectGet = config["allow_direct"].isTrue
        hasAtomicBatch = config["allow_atomic"].isTrue
    }

    /// How durable an acknowledged write to it is.
    func durability(isSynced: Bool) -> Durability {
        NATSSettings.BucketSettings(history: 1, replicas: replicas, isOnDisk: isOnDisk, isSynced: isSynced).durability
    }
}

extension NATSSettings.BucketSettings {
    /// How durable an acknowledged write is. The server syncs by a timer unless it is told otherwise.
    var durability: Durability {
        if replicas > 1 { return .replicated }
        if !isOnDisk { return .memory }
        return isSynced ? .fsynced : .buffered
    }

    /// The request that makes a bucket, as KV clients make theirs (NATS's ADR-8).
    func creation(of bucket: String, on server: JetStream) -> [UInt8] {
        var config = JSONObject()
        config["name"] = .string("KV_\(bucket)")
        config["subjects"] = .array([.string("$KV.\(bucket).>")])
        config["retention"] = .string("limits")
        config["storage"] = .string(isOnDisk ? "file" : "memory")
        config["num_replicas"] = .integer(replicas)
        config["max_msgs_per_subject"] = .integer(history)
        config["max_age"] = .integer(age?.inNanoseconds ?? 0)
        // The server wants this window to be no longer than the age.
        config["duplicate_window"] = .integer(min(age?.inNanoseconds ?? .max, 120_000_000_000))
        for limit in ["max_msgs", "max_bytes", "max_msg_size", "max_consumers"] { config[limit] = .integer(-1) }
        config["discard"] = .string("new")
        for flag in ["allow_direct", "allow_rollup_hdrs", "deny_delete"] { config[flag] = .true }
        if server.hasBatchGet { config["allow_msg_ttl"] = .true }
        if server.hasAtomicBatch { config["allow_atomic"] = .true }
        return JSONValue.object(config).text.utf8
    }
}
