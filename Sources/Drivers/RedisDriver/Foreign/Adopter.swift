import Logging
import MicroJSON
import NestKVStorage

/// Adopts other programs' changes of keys: each gets a version, a revision and a place in the feed, once, whichever
/// process notices it first.
final class Adopter: Sendable {
    let link: Link
    let mirror: StoreMirror
    let logger: Logger
    private let hashing = CanonicalHashing()
    /// The most keys in one script.
    static let batch = 200

    /// An adopter. It works on request, or by itself with ``follow()`` and ``followScans()``.
    init(link: Link, mirror: StoreMirror, logger: Logger) {
        self.link = link
        self.mirror = mirror
        self.logger = logger
    }

    /// Examines suspects until the store is closed.
    func follow() async {
        for await _ in mirror.suspects.calls {
            while let work = mirror.suspects.take() {
                do {
                    if !work.keys.isEmpty { try await look(at: work.keys) }
                    if work.revision { try await askRevision() }
                } catch {
                    // Most likely the connection is lost. After reconnecting, all keys are scanned.
                    logger.debug("keys could not be examined", metadata: ["cause": "\(error)"])
                    if error.kind != .unavailable { mirror.lookThroughAll() }
                }
                mirror.suspects.finish()
            }
        }
    }

    /// Adopts other programs' changes of some keys.
    func look(at keys: [Key]) async throws(DriverError) {
        var call = ScriptCall(link.scripts.check)
        for key in keys { call.add(key.bytes) }
        let strays = try await link.read(call) { reply in
            stride(from: 0, to: reply.count, by: 2).compactMap { index in
                reply[index]?.bytes.map {
                    Stray(key: Key(bytes: Array($0)), text: reply[index + 1]?.bytes.map(Array.init))
                }
            }
        }
        try await adopt(strays)
    }

    /// Gives versions to values that other programs wrote, unless they changed again or were adopted already.
    func adopt(_ strays: [Stray]) async throws(DriverError) {
        var rest = strays[...]
        while !rest.isEmpty {
            var call = ScriptCall(link.scripts.adopt)
            var bytes = 0
            for stray in rest.prefix(Self.batch) where bytes < 8 << 20 {
                add(stray, to: &call)
                bytes += stray.text?.count ?? 0
                rest = rest.dropFirst()
            }
            let mirror = mirror
            let count = try await link.write(call) { reply in
                guard let revision = reply[0]?.integer else { throw MalformedReply(what: "the state has no revision") }
                mirror.saw(Revision(revision))
                return reply[1]?.integer ?? 0
            }
            if count > 0 {
                logger.debug("adopted changes of other programs", metadata: ["keys": .stringConvertible(count)])
            }
        }
    }

    private func add(_ stray: Stray, to call: inout ScriptCall) {
        let digest = stray.text.map { TextDigest(of: $0).hexadecimal } ?? TextDigest.none
        var flag = "x"
        var hash = hashing.hash(of: .null)
        if let text = stray.text {
            do throws(JSONSyntaxError) {
                let value = try JSONText(parsing: text)
                flag = value.utf8 == text ? "l" : "w"
                hash = hashing.hash(of: value)
            } catch {
                logger.warning(
                    "a value in Redis is not JSON, so nestkv doesn't show it",
                    metadata: ["key": "\(stray.key)", "cause": "\(error)"])
            }
        }
        call.add(stray.key.bytes)
        call.add(digest)
        call.add(flag.utf8)
        call.add(
            RecordRow.tail(digest: digest, updatedAt: .now, expiresAt: nil, hash: hash, attribution: .none))
    }

    private func askRevision() async throws(DriverError) {
        var call = ScriptCall(link.scripts.changes)
        call.add(0)
        call.add(0)
        let mirror = mirror
        let wentBack = try await link.read(call) { reply in
            guard let revision = reply[0]?.integer else { throw MalformedReply(what: "the state has no revision") }
            mirror.saw(Revision(revision))
            return Revision(revision) < mirror.revision
        }
        // It can also seem so if commits have a connection of their own.
        if wentBack { try await link.checkRevision() }
    }
}
