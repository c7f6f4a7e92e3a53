import Logging
import NestKVStorage

/// The store as this process saw it last, to notice when the server came back with less data.
struct LastSeen: Sendable {
    /// The server's run id; empty: the store was never seen.
    var run = ""
    /// The feed's identity.
    var identity = ""
}

/// Opens the store: after connecting, after the database was emptied, and after its revision went back.
extension RedisClient {
    /// Creates the state if it doesn't exist, and returns the store's revision.
    ///
    /// If the server no longer has everything that this process has seen, changes were lost: the feed gets another
    /// identity, and the loss is reported.
    func openStore(isHandshake: Bool) async throws(RedisFailure) -> Revision {
        let (run, last) = change { ($0.run, $0.lastSeen) }
        var call = ScriptCall(scripts.open)
        call.add(tracked.revision)
        for word in [String(UInt64.random(in: .min ... .max), radix: 36), run, last.run, last.identity] {
            call.add(word.utf8)
        }
        let opened = try await self.run(call, isHandshake: isHandshake, Opened.init)
        guard opened.format == "1" else {
            throw unsuitable(
                "The store in Redis at \(server) has format \(opened.format), which this version "
                    + "of nestkv can't read: use the newer one that made it, or another prefix.")
        }
        change { $0.lastSeen = LastSeen(run: run, identity: opened.identity) }
        if opened.lost > 0 {
            tracked.cache.forget()
            note(lost: opened.lost, wasEmptied: opened.isMade && !isHandshake)
        }
        return opened.revision
    }

    /// Opens the store again after it was emptied.
    func reopen() async throws(DriverError) {
        do throws(RedisFailure) {
            let state = try await openStore(isHandshake: false)
            tracked.begins(at: state)
        } catch {
            throw DriverError(error, server: server, isWrite: false)
        }
    }

    /// Opens the store again if its revision went back although the connection stayed.
    func checkRevision() async throws(DriverError) {
        do throws(RedisFailure) {
            let before = change { $0.lastSeen.identity }
            let revision = try await openStore(isHandshake: false)
            if change({ $0.lastSeen.identity }) != before { tracked.begins(at: revision) }
        } catch {
            throw DriverError(error, server: server, isWrite: false)
        }
    }

    private struct Opened {
        let revision: Revision
        let format: String
        let identity: String
        let isMade: Bool
        let lost: Revision

        init(_ reply: Reply) throws(MalformedReply) {
            guard let revision = reply[0]?.integer else { throw MalformedReply(what: "the state has no revision") }
            self.revision = Revision(revision)
            format = reply[2]?.string ?? "none"
            identity = reply[3]?.string ?? ""
            isMade = reply[4]?.integer == 1
            lost = Revision(reply[5]?.integer ?? 0)
        }
    }

    /// Reports that confirmed changes are gone.
    ///
    /// - Parameter wasEmptied: whether another program emptied the database while the server ran. That is not damage.
    private func note(lost count: Revision, wasEmptied: Bool) {
        guard !wasEmptied else {
            return logger.warning("the store was emptied in Redis: followers of changes start from scratch")
        }
        let promised = durability
        let problem =
            "Redis at \(server) lost up to \(count) of the latest changes, which it had confirmed as "
            + "\(promised.rawValue). The remaining data is served, and followers of changes start from scratch. Find "
            + "the cause in Redis' files and failovers, restore a backup if needed, and restart nestkv to continue."
        let isBroken = promised == .fsynced || promised == .replicated
        if isBroken { change { $0.loss = (problem, .now) } }
        logger.error("changes were lost", metadata: ["problem": "\(problem)"])
    }
}
