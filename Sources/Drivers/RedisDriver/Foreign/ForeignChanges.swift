import Logging
import MicroJSON
import NestKVStorage

/// Adopts other programs' changes of keys: each gets a version, a revision and a place in the feed, once, whichever
/// process notices it first.
final class ForeignChanges: Sendable {
    let client: RedisClient
    let tracked: TrackedState
    let logger: Logger
    private let hashing = CanonicalHashing()
    /// The most keys in one script.
    static let batch = 200

    /// Works on request, and by itself with ``checkInvalidatedKeys()`` and ``scanOnRequest()``.
    init(client: RedisClient, tracked: TrackedState, logger: Logger) {
        self.client = client
        self.tracked = tracked
        self.logger = logger
    }

    /// Checks invalidated keys until the store is closed.
    func checkInvalidatedKeys() async {
        for await _ in tracked.invalidatedKeys.signals {
            while let work = tracked.invalidatedKeys.take() {
                do {
                    if !work.keys.isEmpty { try await check(work.keys) }
                    if work.checksRevision { try await readRevision() }
                } catch {
                    // Most likely the connection is lost. After reconnecting, all keys are scanned.
                    logger.debug("keys could not be checked", metadata: ["cause": "\(error)"])
                    if error.kind != .unavailable { tracked.requestScan() }
                }
                tracked.invalidatedKeys.finish()
            }
        }
    }

    /// Adopts other programs' changes of some keys, if there are any.
    func check(_ keys: [Key]) async throws(DriverError) {
        var call = ScriptCall(client.scripts.check)
        for key in keys { call.add(key.bytes) }
        let foreign = try await client.read(call) { reply in
            stride(from: 0, to: reply.count, by: 2).compactMap { index in
                reply[index]?.bytes.map {
                    ForeignChange(key: Key(bytes: Array($0)), text: reply[index + 1]?.bytes.map(Array.init))
                }
            }
        }
        try await adopt(foreign)
    }

    /// Gives versions to values that other programs wrote, unless they changed again or were adopted already.
    func adopt(_ changes: [ForeignChange]) async throws(DriverError) {
        var rest = changes[...]
        while !rest.isEmpty {
            var call = ScriptCall(client.scripts.adopt)
            var bytes = 0
            for change in rest.prefix(Self.batch) where bytes < 8 << 20 {
                add(change, to: &call)
                bytes += change.text?.count ?? 0
                rest = rest.dropFirst()
            }
            let tracked = tracked
            let count = try await client.write(call) { (reply) throws(MalformedReply) in
                guard let revision = reply[0]?.integer else { throw MalformedReply(what: "the state has no revision") }
                tracked.saw(Revision(revision))
                return reply[1]?.integer ?? 0
            }
            if count > 0 {
                logger.debug("adopted changes of other programs", metadata: ["keys": .stringConvertible(count)])
            }
        }
    }

    private func add(_ change: ForeignChange, to call: inout ScriptCall) {
        let digest = change.text.map { TextDigest(of: $0).hexadecimal } ?? TextDigest.none
        var flag = "x"
        var hash = hashing.hash(of: .null)
        if let text = change.text {
            do throws(JSONSyntaxError) {
                let value = try JSONText(parsing: text)
                flag = value.utf8 == text ? "l" : "w"
                hash = hashing.hash(of: value)
            } catch {
                logger.warning(
                    "a value in Redis is not JSON, so nestkv doesn't show it",
                    metadata: ["key": "\(change.key)", "cause": "\(error)"])
            }
        }
        call.add(change.key.bytes)
        call.add(digest)
        call.add(flag.utf8)
        call.add(
            MetadataRow.tail(digest: digest, updatedAt: .now, expiresAt: nil, hash: hash, attribution: .none))
    }

    private func readRevision() async throws(DriverError) {
        var call = ScriptCall(client.scripts.changes)
        call.add(0)
        call.add(0)
        let tracked = tracked
        let wentBack = try await client.read(call) { (reply) throws(MalformedReply) in
            guard let revision = reply[0]?.integer else { throw MalformedReply(what: "the state has no revision") }
            tracked.saw(Revision(revision))
            return Revision(revision) < tracked.revision
        }
        // It can also seem so if commits have a connection of their own.
        if wentBack { try await client.checkRevision() }
    }
}
