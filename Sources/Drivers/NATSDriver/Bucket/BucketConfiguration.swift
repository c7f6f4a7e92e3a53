import MicroJSON
import NestKVStorage

/// The parts of a bucket's configuration that nestkv uses.
struct BucketConfiguration: Sendable, Equatable {
    let replicas: Int
    let isOnDisk: Bool
    /// Why the bucket can't be used; nil if it can.
    let obstacle: String?
    /// Why nothing can be written to the bucket; nil if it takes writes.
    let writeObstacle: String?
    /// Whether messages can be read without the stream's leader and its JSON.
    let hasDirectGet: Bool
    /// Whether several messages can be written all or nothing, if the server can.
    let hasAtomicBatch: Bool
    /// How long the server keeps a message.
    let lives: MessageLives
    /// How long the server keeps a message's id, in nanoseconds.
    let idWindow: UInt64
    /// The most bytes of a message with its headers; nil: the server's limit.
    let messageBytesMax: Int?
    /// Names the feed since its end was lost; empty if that never happened (``BucketTable/check(_:)``).
    let feedMark: String
    /// Whether the server may acknowledge a message before it is stored, whatever it syncs.
    private let isAnsweredEarly: Bool

    /// The mark's name in the stream's metadata.
    static let feedMarkName = "nestkv-feed"

    /// Whether the server deletes messages because of their age.
    var hasAge: Bool { lives.age != nil }

    /// Whether messages may be chained by their ids (``CommitBatch/isChain``). With replicas, the ids of messages in
    /// flight are not known yet. With a long id window, the ids fill the server's memory.
    var hasChains: Bool { replicas == 1 && idWindow <= 1_000_000_000 }

    /// Reads the server's description of a bucket's stream.
    init(_ info: Answer, of bucket: String) {
        let config = info["config"]
        replicas = max(1, Int(config["num_replicas"].count))
        isOnDisk = config["storage"].string != "memory"
        obstacle = Self.obstacle(config, of: bucket)
        writeObstacle =
            config["sealed"].isTrue
            ? "The bucket \(bucket) is sealed, so it takes no changes. Copy it to a new bucket." : nil
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

    /// Why a stream doesn't keep messages as a KV bucket does.
    private static func obstacle(_ config: Answer, of bucket: String) -> String? {
        let subjects = "$KV.\(bucket).>"
        let retention = config["retention"].string ?? "limits"
        if !config["subjects"].elements.contains(where: { $0.string == subjects }) {
            return
                "The stream KV_\(bucket) doesn't accept '\(subjects)', so it is a mirror or not a KV bucket. Use the "
                + "bucket that it mirrors, or another name."
        }
        if retention != "limits" {
            return "The stream KV_\(bucket) deletes a message once its consumers have received it (retention "
                + "'\(retention)'), so it can't store values. Use another name, or recreate it with retention 'limits'."
        }
        if config["subject_transform"].isThere {
            return
                "The stream KV_\(bucket) stores messages under other subjects (subject transform), so nestkv can't "
                + "find its values. 'nats stream edit KV_\(bucket) --no-transform' turns that off."
        }
        if config["no_ack"].isTrue {
            return "The stream KV_\(bucket) doesn't acknowledge writes (no_ack). "
                + "'nats stream edit KV_\(bucket) --ack' turns that on."
        }
        if config["allow_msg_counter"].isTrue {
            return "The stream KV_\(bucket) holds counters (allow_msg_counter) instead of values. Use another name."
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
    /// How durable an acknowledged write is. The server syncs by a timer unless it is configured to sync every write.
    var durability: Durability {
        if replicas > 1 { return .replicated }
        if !isOnDisk { return .memory }
        return isSynced ? .fsynced : .buffered
    }

    /// The request that makes a bucket, as KV clients do (NATS's ADR-8).
    func creation(of bucket: String, on server: JetStream) -> [UInt8] {
        var config = JSONObject()
        config["name"] = .string("KV_\(bucket)")
        config["subjects"] = .array([.string("$KV.\(bucket).>")])
        config["retention"] = .string("limits")
        config["storage"] = .string(isOnDisk ? "file" : "memory")
        config["num_replicas"] = .integer(replicas)
        config["max_msgs_per_subject"] = .integer(history)
        config["max_age"] = .integer(age?.inNanoseconds ?? 0)
        // The shortest window: an id is needed only until the next message.
        config["duplicate_window"] = .integer(100_000_000)
        for limit in ["max_msgs", "max_bytes", "max_msg_size", "max_consumers"] { config[limit] = .integer(-1) }
        config["discard"] = .string("new")
        for flag in ["allow_direct", "allow_rollup_hdrs", "deny_delete"] { config[flag] = .true }
        if server.hasBatchGet { config["allow_msg_ttl"] = .true }
        if server.hasAtomicBatch { config["allow_atomic"] = .true }
        return JSONValue.object(config).text.utf8
    }
}
