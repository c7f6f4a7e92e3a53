import MicroJSON
import NestKVCore

/// What a bucket was made with, as far as it matters here.
struct BucketConfiguration: Sendable, Equatable {
    let replicas: Int
    let isOnDisk: Bool
    /// Why it can't be used; nil when it can.
    let obstacle: String?
    /// Why nothing can be written to it; nil when something can.
    let writeObstacle: String?
    /// Whether messages are read without the stream's leader and its JSON.
    let hasDirectGet: Bool
    /// Whether several messages are written all or nothing, as far as the server can.
    let hasAtomicBatch: Bool
    /// How long the server keeps a message.
    let lives: MessageLives
    /// How long the server keeps a message's id, in nanoseconds.
    let idWindow: UInt64
    /// The most bytes of a message with its headers; nil: what the server takes.
    let messageBytesMax: Int?
    /// Names the feed anew since its end was cut; empty when that never happened (``BucketTable/check(_:isBack:)``).
    let feedMark: String
    /// Whether a message may be answered before it is stored, whatever the server syncs.
    private let isAnsweredEarly: Bool

    /// What the mark is called in the stream's metadata.
    static let feedMarkName = "nestkv-feed"

    /// Whether the server deletes messages because of their age.
    var hasAge: Bool { lives.age != nil }

    /// Whether messages may follow each other by their ids (``CommitBatch/isChain``). With replicas the ids of messages
    /// on their way are not known, and where they are kept for long they fill the server's memory.
    var hasChains: Bool { replicas == 1 && idWindow <= 1_000_000_000 }

    /// What the server says of the stream of a bucket.
    init(_ info: Answer, of bucket: String) {
        let config = info["config"]
        replicas = max(1, Int(config["num_replicas"].count))
        isOnDisk = config["storage"].string != "memory"
        obstacle = Self.obstacle(config, of: bucket)
        writeObstacle =
            config["sealed"].isTrue
            ? "The bucket \(bucket) is sealed: nothing in it can be changed any more. Copy it to a new one." : nil
        hasDirectGet = config["allow_direct"].isTrue
        hasAtomicBatch = config["allow_atomic"].isTrue
        let age = Int64(clamping: config["max_age"].count)
        lives = MessageLives(
            age: age > 0 ? .nanoseconds(age) : nil, areSet: config["allow_msg_ttl"].isTrue)
        idWindow = config["duplicate_window"].count
        messageBytesMax = config["max_msg_size"].number.flatMap { $0 > 0 ? Int($0) : nil }
        feedMark = config["metadata"][Self.feedMarkName].string ?? ""
        isAnsweredEarly = config["persist_mode"].string == "async"
    }

    /// Why a stream doesn't keep what is written to it as a bucket does.
    private static func obstacle(_ config: Answer, of bucket: String) -> String? {
        let subjects = "$KV.\(bucket).>"
        let retention = config["retention"].string ?? "limits"
        if !config["subjects"].elements.contains(where: { $0.string == subjects }) {
            return
                "The stream KV_\(bucket) doesn't take '\(subjects)': it is a mirror, or no bucket. Use the bucket that "
                + "it mirrors, or another name."
        }
        if retention != "limits" {
            return "The stream KV_\(bucket) deletes a message when its consumers have taken it (retention "
                + "'\(retention)'), so it keeps no values: use another name, or make it anew with retention 'limits'."
        }
        if config["subject_transform"].isThere {
            return
                "The stream KV_\(bucket) stores its messages under other subjects (a subject transform), so it keeps no "
                + "values: 'nats stream edit KV_\(bucket) --no-transform' ends that."
        }
        if config["no_ack"].isTrue {
            return "The stream KV_\(bucket) doesn't answer writes (no_ack): 'nats stream edit KV_\(bucket) --ack' "
                + "changes that."
        }
        if config["allow_msg_counter"].isTrue {
            return "The stream KV_\(bucket) holds counters (allow_msg_counter), no values: use another name."
        }
        return nil
    }

    /// How durable an acknowledged write to it is.
    func durability(isSynced: Bool) -> Durability {
        let isSynced = isSynced && !isAnsweredEarly
        return NATSSettings.BucketSettings(history: 1, replicas: replicas, isOnDisk: isOnDisk, isSynced: isSynced)
            .durability
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
