import NestKVStorage

/// The end of what was known of a bucket when its connection was lost.
struct KnownEnd {
    /// The last message; nil if its subject is not a path.
    let last: StoredRecord?
    let revision: Revision
    /// How often the connection was lost since.
    var losses = 1
}

/// A server that comes back may have lost what it had acknowledged and not synced. What was known before must therefore
/// be compared with the stream. Until then it is kept, because what is read meanwhile may be of another history.
extension Bucket {
    /// Keeps the end of what is known, unless an earlier one is not compared yet. Call it while there is no connection.
    func noteLoss() {
        let (last, current) = withRecent { ($0.last, $0.current) }
        unconfirmed.withLock { end in
            guard end == nil else {
                end?.losses += 1
                return
            }
            end = KnownEnd(last: last, revision: current)
        }
    }

    /// Notes that the stream has everything up to an end, unless the connection was lost again.
    func confirm(_ end: KnownEnd) {
        unconfirmed.withLock { if $0?.losses == end.losses { $0 = nil } }
    }

    /// Whether the stream has another message at the number of a known one: that message was lost, and others were
    /// written since.
    func isRewritten(at known: StoredRecord) async throws(DriverError) -> Bool {
        guard let message = try await get(.json(("seq", .integer(known.sequence)))),
            let place = message.directPlace, let subject = message.header("Nats-Subject")
        else { return false }
        guard subject == self.subject(of: known.key) else { return true }
        let there = StoredRecord(message, key: known.key, at: place, in: lives)
        return there.record.dataHash != known.record.dataHash || there.record.updatedAt != known.record.updatedAt
            || there.operation != known.operation
    }
}
