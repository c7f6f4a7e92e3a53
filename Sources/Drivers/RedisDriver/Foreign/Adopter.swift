import Logging
import MicroJSON
import NestKVCore

/// Takes in what other programs do to the keys: each change of theirs gets a version, a revision and a place in the
/// feed, once, whichever process notices it first.
final class Adopter: Sendable {
    let link: Link
    let mirror: StoreMirror
    let logger: Logger
    private let hashing = CanonicalHashing()
    /// The most keys in one script.
    static let batch = 200

    /// An adopter that works when it is told to, or by itself with ``follow()`` and ``followScans()``.
    init(link: Link, mirror: StoreMirror, logger: Logger) {
        self.link = link
        self.mirror = mirror
        self.logger = logger
    }

    /// Looks at suspects until the store is closed.
    func follow() async {
        for await _ in mirror.suspects.calls {
            while let work = mirror.suspects.take() {
                do {
                    if !work.keys.isEmpty { try await look(at: work.keys) }
                    if work.revision { try await askRevision() }
                } catch {
                    // The connection is lost, most likely: after the next one everything is looked through.
                    logger.debug("keys could not be looked at", metadata: ["cause": "\(error)"])
                    if error.kind != .unavailable { mirror.lookThroughAll() }
                }
                mirror.suspects.finish()
            }
        }
    }

    /// Adopts those of some keys that other programs changed.
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

    /// Gives what other programs left a version, unless it has changed again since, or has one already.
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
                logger.debug("took in what other programs changed", metadata: ["keys": .stringConvertible(count)])
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
                    "a value in Redis is not JSON, so it is not shown",
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
        // So it may seem as well where commits have a connection of their own.
        if wentBack { try await link.checkRevision() }
    }
}
