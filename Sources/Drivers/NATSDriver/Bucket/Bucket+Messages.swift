import MicroJSON
import NestKVStorage
import Synchronization

extension Bucket {
    /// Whether one request can read several leaves.
    var hasBatchGet: Bool { server.hasBatchGet && configuration.hasDirectGet }

    /// How long messages are kept.
    var lives: MessageLives { configuration.lives }

    /// The latest message of a key; nil if it has no message.
    func latest(_ key: Key) async throws(DriverError) -> StoredRecord? {
        let body: [UInt8] = .json(("last_by_subj", .string(subject(of: key))))
        guard let message = try await get(body) else { return nil }
        return message.directPlace.map { StoredRecord(message, key: key, at: $0, in: lives) }
    }

    /// One message; nil if it doesn't exist. Where the bucket has no direct get, the stream's API reads it: the leader
    /// answers, in JSON.
    func get(_ body: [UInt8]) async throws(DriverError) -> Message? {
        guard configuration.hasDirectGet else {
            let answer = try await server.read("STREAM.MSG.GET.\(stream)", body)
            guard let problem = answer.problem else { return Message(stored: answer) }
            if problem.isNoMessage { return nil }
            throw .api(problem)
        }
        let request = Outgoing(subject: "$JS.API.DIRECT.GET.\(stream)", payload: body)
        let message = try await server.retrying { () async throws(ConnectionFailure) in
            try await server.connection.request(request)
        }
        switch message.status {
        case nil: return message
        case 404: return nil
        case let status?:
            throw DriverError(
                .unavailable, "The NATS server answers a read of \(stream) with status \(status): try again later.")
        }
    }

    /// The result of a batch of direct gets.
    struct Batch: Sendable {
        var rows: [(stored: StoredRecord?, sequence: Revision)] = []
        /// The last message of the stream when it was read; nil if the server doesn't say.
        var upTo: Revision?
        /// The number of messages beyond these.
        var pending: UInt64 = 0
        /// Whether the batch was abandoned before its end because there is more than requested.
        var isTruncated = false
        /// The number of leaves among them, and the bytes of their values.
        private(set) var leaves = 0
        private(set) var bytes = 0

        mutating func append(_ row: (stored: StoredRecord?, sequence: Revision)) {
            rows.append(row)
            guard let stored = row.stored, stored.operation == .set else { return }
            leaves += 1
            bytes += stored.record.value.utf8.count
        }
    }

    /// Many messages by one direct get (2.11); nil if they are too many for one.
    func getBatch(_ body: [UInt8]) async throws(DriverError) -> Batch? {
        let request = Outgoing(subject: "$JS.API.DIRECT.GET.\(stream)", payload: body)
        return try await server.retrying { () async throws(ConnectionFailure) -> Batch? in
            let collected = Mutex<(batch: Batch, status: Int)>((Batch(), 0))
            try await server.connection.exchange([request]) { message in
                guard let status = message.status else {
                    if let row = self.row(message) { collected.withLock { $0.batch.rows.append(row) } }
                    return false
                }
                collected.withLock { collected in
                    collected.status = status
                    collected.batch.upTo = message.number("Nats-UpTo-Sequence")
                    collected.batch.pending = message.number("Nats-Num-Pending") ?? 0
                }
                return true
            }
            let (batch, status) = collected.withLock { $0 }
            switch status {
            case 204, 404: return batch
            case 413: return nil
            default: throw .noAnswer("the NATS server answers a read of \(stream) with status \(status)")
            }
        }
    }

    private func row(_ message: Message) -> (stored: StoredRecord?, sequence: Revision)? {
        guard let place = message.directPlace, let subject = message.header("Nats-Subject") else { return nil }
        return (key(of: subject).map { StoredRecord(message, key: $0, at: place, in: self.lives) }, place.sequence)
    }

    /// The last message of every matching key, by a temporary consumer: any number, on any server. All of it was
    /// current at the moment when the last message was sent.
    ///
    /// - Parameters:
    ///   - hasValues: whether to read values. Without them, records have none.
    ///   - reach: how much is needed. If there is more, it is not read to its end.
    func last(
        matching filter: String, hasValues: Bool = true, within reach: Reach = .unlimited
    ) async throws(DriverError) -> Batch {
        for attempt in 0... {
            let batch = try await server.retrying { () async throws(ConnectionFailure) in
                try await consume(filter, hasValues: hasValues, within: reach)
            }
            // The read may have ended in the middle of a commit. By now the rest of that commit is stored, too.
            guard attempt == 0, !batch.isTruncated, let last = batch.rows.last?.stored, last.following > 0 else {
                return batch
            }
            try? await Task.sleep(for: .milliseconds(2))
        }
        fatalError("the loop ends by returning or throwing")
    }

    private func consume(
        _ filter: String, hasValues: Bool, within reach: Reach
    ) async throws(ConnectionFailure) -> Batch {
        let connection = server.connection
        let id = connection.reserve()
        let name = ConsumerName.make(id)
        let answer = Answer(try await connection.request(consumerRequest(name, filter, hasValues: hasValues)))
        if let problem = answer.problem { throw .noAnswer("\(problem.text) (\(problem.code))") }
        // No caller waits for this. Without it the server would delete the consumer a little later.
        defer { Task { try? await connection.request(Outgoing(subject: "$JS.API.CONSUMER.DELETE.\(stream).\(name)")) } }
        guard answer["num_pending"].count > 0 else { return Batch() }
        let collected = Mutex<(batch: Batch, status: Int?)>((Batch(), nil))
        let next = Outgoing(
            subject: "$JS.API.CONSUMER.MSG.NEXT.\(stream).\(name)",
            payload: .json(("batch", .integer(10_000_000)), ("expires", .integer(60_000_000_000))))
        try await connection.exchange([next], id: id) { message in
            guard let (_, place, pending) = message.consumerPlace else {
                // Only the status that ends the read comes to the inbox.
                collected.withLock { $0.status = message.status ?? 0 }
                return true
            }
            let stored = self.key(of: message.subject).map {
                StoredRecord(message, key: $0, at: place, in: self.lives, hasValue: hasValues)
            }
            return collected.withLock { collected in
                collected.batch.append((stored, place.sequence))
                let isMore = collected.batch.leaves > reach.leavesBelow || collected.batch.bytes > reach.bytesBelow
                collected.batch.isTruncated = isMore && pending > 0
                return isMore || pending == 0
            }
        }
        let (batch, status) = collected.withLock { $0 }
        if let status { throw .noAnswer("the NATS server ended a read of \(stream) with status \(status)") }
        return batch
    }

    private func consumerRequest(_ name: String, _ filter: String, hasValues: Bool) -> Outgoing {
        var config = ConsumerName.configuration(of: name)
        config["deliver_policy"] = .string("last_per_subject")
        config["filter_subject"] = .string(filter)
        if !hasValues { config["headers_only"] = .true }
        return Outgoing(
            subject: "$JS.API.CONSUMER.CREATE.\(stream).\(name)",
            payload: .json(("stream_name", .string(stream)), ("config", .object(config))))
    }
}
