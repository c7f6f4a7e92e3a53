import MicroJSON
import NestKVStorage
import Synchronization

/// The buckets that were used so far, by entry point.
final class BucketTable: Sendable {
    /// A bucket and its writer.
    struct Entry: Sendable {
        let bucket: Bucket
        let writer: BucketWriter
    }

    private let server: JetStream
    private let settings: NATSSettings.BucketSettings
    private let keys: KeyLimits
    private let entries = Mutex<[[UInt8]: Entry]>([:])
    private let cache: NodeCache
    /// Names of feeds that only this process knows, by stream.
    private let feedMarks = Mutex<[String: String]>([:])
    /// Counts the buckets that were found or made.
    let arrivals = RevisionSignal(revision: 0)

    /// An empty table.
    init(server: JetStream, settings: NATSSettings) {
        self.server = server
        self.settings = settings.bucket
        keys = settings.keys
        cache = NodeCache(bytes: settings.cacheBytes)
    }

    /// The settings in which used buckets differ from those that the driver publishes for all.
    var exceptions: [EntryPointException] {
        entries.withLock { entries in
            entries.values.compactMap { entry in
                let isSlow = !entry.bucket.configuration.hasDirectGet
                guard isSlow || server.hasAtomicBatch && !entry.writer.isAtomic else { return nil }
                return EntryPointException(
                    name: entry.bucket.entryPoint, atomicity: entry.writer.isAtomic ? .entryPoint : .leaf,
                    isReadSlowly: isSlow)
            }
        }.sorted { $0.name.lexicographicallyPrecedes($1.name) }
    }

    /// All buckets that were used.
    var all: [Bucket] { entries.withLock { $0.values.map(\.bucket) } }

    /// The names of all entry points that a path can name, in byte order.
    func entryPoints() async throws(DriverError) -> [[UInt8]] {
        try await server.bucketNames().compactMap { KeyNaming.entryPoint(of: $0[...]) }
            .filter { keys.permits(Key([$0])) }
            .sorted { $0.lexicographicallyPrecedes($1) }
    }

    /// The bucket of an entry point; nil if it doesn't exist.
    func find(_ entryPoint: [UInt8]) async throws(DriverError) -> Entry? {
        if let entry = entries.withLock({ $0[entryPoint] }) { return entry }
        let name = KeyNaming.bucket(of: entryPoint)
        guard name.utf8.count <= KeyNaming.bucketBytesMax else { return nil }
        guard var info = try await server.streamInfo("KV_\(name)") else { return nil }
        if settings.isAdopting { info = await BucketAdoption(name, on: server).run(info) }
        return try keep(entryPoint, name, info)
    }

    /// The bucket of an entry point, created on `replicas` servers if it doesn't exist.
    func make(_ entryPoint: [UInt8], replicas: Int? = nil) async throws(DriverError) -> Entry {
        if let entry = try await find(entryPoint) { return entry }
        let name = KeyNaming.bucket(of: entryPoint)
        guard name.utf8.count <= KeyNaming.bucketBytesMax else {
            throw DriverError(
                .unsupported,
                "On NATS, the name of an entry point takes at most \(KeyNaming.bucketBytesMax) bytes; this one takes "
                    + "\(name.utf8.count). Each byte other than A-Z a-z 0-9 _ - counts four times.")
        }
        var settings = settings
        settings.replicas = replicas ?? settings.replicas
        let answer = try await change("CREATE", "KV_\(name)", settings.creation(of: name, on: server))
        // 10058: another program created it meanwhile, with another configuration. It is used with that.
        if let problem = answer.problem, problem.code != 10058 { throw .api(problem) }
        if answer.problem == nil { server.logger.info("created the bucket \(name)") }
        guard let entry = try await find(entryPoint) else {
            throw DriverError(
                .unavailable, "The bucket \(name) was deleted right after it was created: try again later.")
        }
        return entry
    }

    /// Deletes the bucket of an entry point, if there is one.
    func remove(_ entryPoint: [UInt8]) async throws(DriverError) {
        guard let bucket = try await find(entryPoint)?.bucket else { return }
        let answer = try await change("DELETE", bucket.stream)
        if let problem = answer.problem, !problem.isNoStream { throw .api(problem) }
        server.logger.info("deleted the bucket \(bucket.name)")
        forget(bucket)
    }

    private func change(
        _ verb: String, _ stream: String, _ payload: [UInt8] = []
    ) async throws(DriverError) -> Answer {
        do throws(ConnectionFailure) {
            let request = Outgoing(subject: "$JS.API.STREAM.\(verb).\(stream)", payload: payload)
            return Answer(try await server.connection.request(request))
        } catch {
            throw .writing(error)
        }
    }

    private func keep(_ entryPoint: [UInt8], _ name: String, _ info: Answer) throws(DriverError) -> Entry {
        let bucket = Bucket(
            entryPoint: entryPoint, name: name, info: info, server: server, cache: cache, keys: keys,
            feedMark: feedMarks.withLock { $0["KV_\(name)"] ?? "" })
        if let obstacle = bucket.configuration.obstacle { throw DriverError(.unsupported, obstacle) }
        if !bucket.configuration.hasDirectGet {
            server.logger.notice(
                """
                the bucket \(name) has no direct get, so reads take longer. 'nats stream edit \(bucket.stream) \
                --allow-direct' turns it on; with 'nats://…?adopt=on' nestkv turns it on itself
                """)
        }
        let entry = Entry(bucket: bucket, writer: BucketWriter(bucket, isSynced: settings.isSynced))
        return entries.withLock { entries in
            // Another request may have found it meanwhile. A bucket has one writer.
            if let there = entries[entryPoint] { return there }
            entries[entryPoint] = entry
            arrivals.advance(by: 1)
            return entry
        }
    }

    /// Keeps what is known of all buckets, because the server may lose some of it. Call it while there is no
    /// connection.
    func noteLoss() { for bucket in all { bucket.noteLoss() } }

    /// Compares all buckets with what was known before the connection was lost.
    func confirmAll() async {
        for bucket in all {
            while bucket.unconfirmed.withLock({ $0 != nil }), server.connection.problem == nil, await check(bucket) {
                // The server was too busy, or the leader of a cluster lags behind.
                guard bucket.unconfirmed.withLock({ $0 != nil }) else { break }
                try? await Task.sleep(for: .milliseconds(100))
            }
        }
    }

    /// Asks whether a bucket is still the same and has what was known of it, and forgets it if not.
    ///
    /// - Returns: false if the bucket is not the same.
    @discardableResult
    func check(_ bucket: Bucket) async -> Bool {
        guard server.connection.problem == nil else { return true }
        let end = bucket.unconfirmed.withLock { $0 }
        let known = end?.revision ?? bucket.revision
        do throws(DriverError) {
            let info = try await server.streamInfo(bucket.stream)
            if let info, info["created"].string == bucket.created {
                let isRewritten = if let last = end?.last { try await bucket.isRewritten(at: last) } else { false }
                if isRewritten || bucket.isShorter(info, than: known) {
                    await renameFeed(of: bucket, info)
                } else if bucket.isSame(as: info, after: known) {
                    // The leader of a cluster may not have everything yet.
                    if let end, info["state"]["last_seq"].count >= known { bucket.confirm(end) }
                    return true
                } else {
                    server.logger.warning("another program changed the configuration of the bucket \(bucket.name)")
                }
            } else {
                server.logger.warning("another program deleted the bucket \(bucket.name)")
            }
        } catch {
            return true
        }
        forget(bucket)
        return false
    }

    /// Renames the feed of a bucket that lost its end, for all processes, so that no reader resumes from a place in the
    /// lost part. The name is kept in the stream's metadata. If there is no metadata (before 2.10), or it can't be
    /// changed, only this process knows the name.
    private func renameFeed(of bucket: Bucket, _ info: Answer) async {
        server.logger.error(
            "the NATS server lost the latest messages of the bucket \(bucket.name), which it had acknowledged",
            metadata: ["known": "\(bucket.revision)", "last": "\(info["state"]["last_seq"].count)"])
        // Another process may have renamed it first.
        guard BucketConfiguration(info, of: bucket.name).feedMark == bucket.configuration.feedMark else { return }
        let mark = String(UInt64.random(in: 0...UInt64.max), radix: 36)
        var config = info["config"].members
        var metadata = info["config"]["metadata"].members
        metadata[BucketConfiguration.feedMarkName] = .string(mark)
        config["metadata"] = .object(metadata)
        let request = Outgoing(
            subject: "$JS.API.STREAM.UPDATE.\(bucket.stream)", payload: JSONValue.object(config).text.utf8)
        let answer = try? await server.connection.request(request, provesHang: false)
        let kept = answer.map { Answer($0)["config"]["metadata"][BucketConfiguration.feedMarkName].string }
        guard kept != mark else { return }
        feedMarks.withLock { $0[bucket.stream] = mark }
        server.logger.warning(
            """
            the new name of the feed of \(bucket.stream) is known to this process only: clients that resume at another \
            process, or after a restart, are not told that changes were lost
            """)
    }

    private func forget(_ bucket: Bucket) {
        entries.withLock { entries in
            if entries[bucket.entryPoint]?.bucket === bucket { entries[bucket.entryPoint] = nil }
        }
        bucket.signal.close()
    }
}
