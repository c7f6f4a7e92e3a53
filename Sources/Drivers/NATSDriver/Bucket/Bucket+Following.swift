import NestKVStorage
import Synchronization

extension Bucket {
    /// How long one request for messages is valid.
    private static let standing = Duration.seconds(5)
    /// How often the server says that there is no message.
    private static let heartbeat = Duration.milliseconds(200)

    /// Learns every message after the known ones as soon as it is stored, until `isWanted` is false.
    ///
    /// The server sends a message before the leaf's history pushes it out, and then waits for this process, however
    /// late it is. A reader that reads page by page finds a gap if a leaf changes more often between two pages than its
    /// bucket keeps records.
    ///
    /// - Throws: when the connection, the consumer or the bucket is gone. The caller must follow again from scratch.
    func follow(while isWanted: @Sendable () -> Bool) async throws(ConnectionFailure) {
        let connection = server.connection
        let id = connection.reserve()
        let name = ConsumerName.make(id)
        let answer = Answer(try await connection.request(followerRequest(name)))
        if let problem = answer.problem { throw .noAnswer("\(problem.text) (\(problem.code))") }
        isFollowed.store(true, ordering: .relaxed)
        defer {
            isFollowed.store(false, ordering: .relaxed)
            Task { try? await connection.request(Outgoing(subject: "$JS.API.CONSUMER.DELETE.\(stream).\(name)")) }
        }
        let next = Outgoing(
            subject: "$JS.API.CONSUMER.MSG.NEXT.\(stream).\(name)",
            payload: .json(
                ("batch", .integer(10_000_000)), ("expires", .integer(Self.standing.inNanoseconds)),
                ("idle_heartbeat", .integer(Self.heartbeat.inNanoseconds))))
        let status = Atomic(0)
        let commit = Mutex<[(StoredRecord?, Revision)]>([])
        while isWanted() {
            try await connection.exchange([next], id: id, provesHang: false) { message in
                guard let (_, place, _) = message.consumerPlace else {
                    status.store(message.status ?? 0, ordering: .relaxed)
                    return message.status != 100
                }
                let stored = self.key(of: message.subject).map {
                    StoredRecord(message, key: $0, at: place, in: self.lives)
                }
                let whole = commit.withLock { Self.add((stored, place.sequence), to: &$0) }
                if !whole.isEmpty { self.learn(whole) }
                return false
            }
            let code = status.load(ordering: .relaxed)
            guard code == 408 else { throw .noAnswer("the NATS server ended a read of \(stream) with status \(code)") }
        }
    }

    /// Adds a message to its commit, and returns the whole commit with the last message.
    private static func add(
        _ row: (stored: StoredRecord?, sequence: Revision), to commit: inout [(StoredRecord?, Revision)]
    ) -> [(StoredRecord?, Revision)] {
        commit.append(row)
        guard row.stored?.following ?? 0 == 0 || commit.count >= JetStream.batchMax else { return [] }
        defer { commit = [] }
        return commit
    }

    private func followerRequest(_ name: String) -> Outgoing {
        var config = ConsumerName.configuration(of: name)
        config["deliver_policy"] = .string("by_start_sequence")
        config["opt_start_seq"] = .integer(revision + 1)
        return Outgoing(
            subject: "$JS.API.CONSUMER.CREATE.\(stream).\(name)",
            payload: .json(("stream_name", .string(stream)), ("config", .object(config))))
    }

    /// Waits until messages that are being delivered close the gaps of a page that was read, at most a second.
    /// Followers of the feed would miss what is learned across a gap.
    func waitForGaps(in rows: [(stored: StoredRecord?, sequence: Revision)]) async {
        guard isFollowed.load(ordering: .relaxed) else { return }
        var (expected, end) = (revision + 1, Revision(0))
        for row in rows where row.sequence >= expected {
            if row.sequence > expected { end = row.sequence - 1 }
            expected = row.sequence + 1
        }
        guard end > 0 else { return }
        await signal.wait(after: end - 1, atMost: .seconds(1))
    }
}

extension RevisionSignal {
    /// Waits as ``wait(after:)`` does, for a limited time.
    func wait(after revision: Revision, atMost duration: Duration) async {
        await withTaskGroup(of: Void.self) { group in
            group.addTask { await self.wait(after: revision) }
            group.addTask { try? await Task.sleep(for: duration) }
            await group.next()
            group.cancelAll()
        }
    }
}
