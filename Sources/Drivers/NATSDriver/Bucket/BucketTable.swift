import NestKVCore
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
    private let entries = Mutex<[[UInt8]: Entry]>([:])
    private let cache: NodeCache
    /// Counts the buckets that were found or made.
    let arrivals = RevisionSignal(revision: 0)

    /// No bucket was used yet.
    init(server: JetStream, settings: NATSSettings) {
        self.server = server
        self.settings = settings.bucket
        cache = NodeCache(bytes: settings.cacheBytes)
    }

    /// All that were used.
    var all: [Bucket] { entries.withLock { $0.values.map(\.bucket) } }

    /// The bucket of an entry point; nil when there is none.
    func find(_ entryPoint: [UInt8]) async throws(DriverError) -> Entry? {
        if let entry = entries.withLock({ $0[entryPoint] }) { return entry }
        let name = KeyNaming.bucket(of: entryPoint)
        guard name.utf8.count <= KeyNaming.bucketBytesMax else { return nil }
        guard let info = try await server.streamInfo("KV_\(name)") else { return nil }
        return try keep(entryPoint, name, info)
    }

    /// The bucket of an entry point, made when there is none, on so many servers.
    func make(_ entryPoint: [UInt8], replicas: Int? = nil) async throws(DriverError) -> Entry {
        if let entry = try await find(entryPoint) { return entry }
        let name = KeyNaming.bucket(of: entryPoint)
        guard name.utf8.count <= KeyNaming.bucketBytesMax else {
            throw DriverError(
                .unsupported,
                "The name of an entry point takes at most \(KeyNaming.bucketBytesMax) bytes on NATS, where "
                    + "a byte besides A-Z a-z 0-9 _ - counts four times; this one takes \(name.utf8.count).")
        }
        var settings = settings
        settings.replicas = replicas ?? settings.replicas
        let answer = try await change("CREATE", "KV_\(name)", settings.creation(of: name, on: server))
        // 10058: somebody else made it meanwhile, in another way. It is used as it is.
        if let problem = answer.problem, problem.code != 10058 { throw .api(problem) }
        if answer.problem == nil { server.logger.info("made the bucket \(name)") }
        guard let entry = try await find(entryPoint) else {
            throw DriverError(.unavailable, "The bucket \(name) is gone right after it was made.")
        }
        return entry
    }

    /// Deletes the bucket of an entry point, if there is one.
    func remove(_ entryPoint: [UInt8]) async throws(DriverError) {
        guard let bucket = try await find(entryPoint)?.bucket else { return }
        let answer = try await change("DELETE", bucket.stream)
        if let problem = answer.problem, !problem.isNoStream { throw .api(problem) }
        server.logger.info("deleted the bucket of \(bucket.stream)")
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
        let bucket = Bucket(entryPoint: entryPoint, name: name, info: info, server: server, cache: cache)
        if let obstacle = bucket.configuration.obstacle { throw DriverError(.unsupported, obstacle) }
        let entry = Entry(bucket: bucket, writer: BucketWriter(bucket, isSynced: settings.isSynced))
        return entries.withLock { entries in
            // Another request may have found it meanwhile: there is one writer for a bucket.
            if let there = entries[entryPoint] { return there }
            entries[entryPoint] = entry
            arrivals.advance(by: 1)
            return entry
        }
    }

    /// The same for all of them, when the server may have been started again.
    func checkAll() async {
        for bucket in all { await check(bucket) }
    }

    /// Asks whether a bucket is still the one that it was, and forgets it when it isn't.
    ///
    /// - Returns: false when it isn't.
    @discardableResult
    func check(_ bucket: Bucket) async -> Bool {
        guard server.connection.problem == nil else { return true }
        let known = bucket.revision
        let info: Answer?
        do throws(DriverError) { info = try await server.streamInfo(bucket.stream) } catch { return true }
        if let info, bucket.isSame(as: info, after: known) { return true }
        server.logger.warning(
            "the bucket of \(bucket.stream) was deleted by another program, or its server lost what it had stored last")
        forget(bucket)
        return false
    }

    private func forget(_ bucket: Bucket) {
        entries.withLock { entries in
            if entries[bucket.entryPoint]?.bucket === bucket { entries[bucket.entryPoint] = nil }
        }
        bucket.signal.close()
    }
}
