import MicroJSON
import NestKVCore

/// What a bucket was made with, as far as it matters here.
struct BucketConfiguration: Sendable {
    let replicas: Int
    let isOnDisk: Bool
    /// Why it can't be used; nil when it can.
    let obstacle: String?
    let hasAtomicBatch: Bool
    /// Whether the server deletes messages because of their age.
    let hasAge: Bool
    /// How long the server keeps a message's id, in nanoseconds.
    let idWindow: UInt64

    /// Whether messages may follow each other by their ids (``CommitBatch/isChain``). With replicas the ids of messages on
    /// their way are not known, and where they are kept for long they fill the server's memory.
    var hasChains: Bool { replicas == 1 && idWindow <= 1_000_000_000 }

    /// What the server says of the stream of a bucket.
    init(_ info: Answer, of bucket: String) {
        let config = info["config"]
        replicas = max(1, Int(config["num_replicas"].count))
        isOnDisk = config["storage"].string != "memory"
        let subjects = "$KV.\(bucket).>"
        if !config["subjects"].elements.contains(where: { $0.string == subjects }) {
            obstacle =
                "The stream KV_\(bucket) doesn't take '\(subjects)': it is a mirror, or no bucket. Use the bucket that it "
                + "mirrors, or another name."
        } else if !config["allow_direct"].isTrue {
            obstacle =
                "The bucket \(bucket) has no direct get: 'nats stream edit KV_\(bucket) --allow-direct' turns it on."
        } else {
            obstacle = nil
        }
        hasAtomicBatch = config["allow_atomic"].isTrue
        hasAge = config["max_age"].count > 0
        idWindow = config["duplicate_window"].count
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
        // The shortest: ids are of use until the next message.
        config["duplicate_window"] = .integer(100_000_000)
        for limit in ["max_msgs", "max_bytes", "max_msg_size", "max_consumers"] { config[limit] = .integer(-1) }
        config["discard"] = .string("new")
        for flag in ["allow_direct", "allow_rollup_hdrs", "deny_delete"] { config[flag] = .true }
        if server.hasBatchGet { config["allow_msg_ttl"] = .true }
        if server.hasAtomicBatch { config["allow_atomic"] = .true }
        return JSONValue.object(config).text.utf8
    }
}
