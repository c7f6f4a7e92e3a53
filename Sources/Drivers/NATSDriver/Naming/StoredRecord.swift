import MicroJSON
import NestKVStorage

/// A message of a bucket, read as a record.
///
/// The payload is the value, as JSON; the metadata is in headers. A message without these headers was written by
/// another program: its version is its number in the stream, which is greater than every version before it. If the
/// payload isn't JSON, reads around the key see no value there.
struct StoredRecord: Sendable {
    /// The leaf.
    let key: Key
    /// Its number in the stream: the revision.
    let sequence: Revision
    /// The record; a tombstone if the payload isn't JSON.
    let record: Record
    /// Whether the payload is JSON or a deletion.
    let isReadable: Bool
    /// What happened.
    let operation: Change.Operation
    /// The number of changes of the same commit that follow.
    let following: UInt64
    /// Whether the server will delete the message at some time, without a trace.
    let vanishes: Bool
    /// When the value expires, even if the value isn't known to be JSON.
    let expiresAt: Timestamp?

    /// The change for the feed.
    var change: Change {
        Change(operation: operation, record: record, commitRevision: sequence + following)
    }

    /// A record that was written just now.
    init(_ record: Record, operation: Change.Operation, following: UInt64) {
        key = record.key
        sequence = record.revision
        self.record = record
        isReadable = true
        self.operation = operation
        self.following = following
        vanishes = false
        expiresAt = operation == .set ? record.expiresAt : nil
    }

    /// Reads a message. Headers that nestkv can't have written are ignored.
    ///
    /// - Parameters:
    ///   - lives: how long the bucket keeps messages.
    ///   - hasValue: whether the payload was requested. Without it, other programs' JSON can't be told from values that
    /// aren't JSON.
    init(_ message: Message, key: Key, at place: StreamPlace, in lives: MessageLives, hasValue: Bool = true) {
        self.key = key
        sequence = place.sequence
        following = message.number("Nestkv-Following", 0...UInt64(JetStream.batchMax)) ?? 0
        let life = message.header("Nats-TTL").flatMap { lives.areSet ? MessageLife($0) : nil }
        vanishes = life.map { $0 != .endless } ?? false
        let reason = message.header("Nats-Marker-Reason")
        let isMarker = message.header("KV-Operation").map { $0 == "DEL" || $0 == "PURGE" } ?? (reason != nil)
        let version = message.number("Nestkv-Version", 1...1 << 53)
        let value = isMarker ? .null : hasValue ? try? JSONText(parsing: message.payload) : version.map { _ in .null }
        isReadable = value != nil
        let isExpiry = reason == "MaxAge" || message.header("Nestkv-Operation") == "expire"
        operation = isMarker ? (isExpiry ? .expire : .delete) : isReadable ? .set : .delete
        let updated = version.flatMap { _ in message.time("Nestkv-Updated") } ?? place.time
        let own = version.flatMap { _ in message.time("Nestkv-Expires") }
        expiresAt =
            isMarker || hasValue && !isReadable
            ? nil : lives.end(of: life, storedAt: place.time, updatedAt: updated, own: own)
        guard let version, let value else {
            record = Self.foreign(value, key, place, operation, expiresAt: operation == .set ? expiresAt : nil)
            return
        }
        record = Record(
            key: key, value: value, version: version, revision: place.sequence,
            createdAt: message.time("Nestkv-Created") ?? updated, updatedAt: updated,
            expiresAt: operation == .set ? expiresAt : nil,
            dataHash: message.header("Nestkv-Data-Hash").flatMap { DataHash(hexadecimal: $0.utf8) }
                ?? Self.hashing.hash(of: value),
            attribution: message.header("Nestkv-Attribution").map(Attribution.init(header:)) ?? .none,
            isDeleted: operation != .set, isExpiry: operation == .expire)
    }

    private static let hashing = CanonicalHashing()

    private static func foreign(
        _ value: JSONText?, _ key: Key, _ place: StreamPlace, _ operation: Change.Operation, expiresAt: Timestamp?
    ) -> Record {
        Record(
            key: key, value: value ?? .null, version: place.sequence, revision: place.sequence, createdAt: place.time,
            updatedAt: place.time, expiresAt: expiresAt, dataHash: hashing.hash(of: value ?? .null),
            attribution: .none, isDeleted: operation != .set, isExpiry: operation == .expire)
    }
}

extension Mutation {
    /// The message that makes this change.
    ///
    /// - Parameters:
    ///   - previous: the leaf's latest record, its tombstone included.
    ///   - following: the number of changes of the same commit that follow.
    func message(to subject: String, after previous: Record?, following: Int) -> Outgoing {
        let record = draft.stamped(after: previous, revision: 0)
        var message = Outgoing(subject: subject, payload: draft.value?.utf8 ?? [])
        func add(_ name: String, _ value: String) { message.headers.append((name, value)) }
        if draft.value == nil { add("KV-Operation", "DEL") }
        if operation == .expire { add("Nestkv-Operation", "expire") }
        add("Nestkv-Version", "\(record.version)")
        if record.createdAt != record.updatedAt { add("Nestkv-Created", "\(record.createdAt.milliseconds)") }
        add("Nestkv-Updated", "\(record.updatedAt.milliseconds)")
        if let expires = record.expiresAt { add("Nestkv-Expires", "\(expires.milliseconds)") }
        add("Nestkv-Data-Hash", String(record.dataHash.description.dropFirst("sha256:".count)))
        if !record.attribution.isEmpty { add("Nestkv-Attribution", record.attribution.header) }
        if following > 0 { add("Nestkv-Following", "\(following)") }
        return message
    }
}

extension Message {
    /// A header's number; nil if it isn't in the range.
    fileprivate func number(_ name: StaticString, _ range: ClosedRange<UInt64>) -> UInt64? {
        number(name).flatMap { range.contains($0) ? $0 : nil }
    }

    fileprivate func time(_ name: StaticString) -> Timestamp? {
        number(name, 0...1 << 58).map { Timestamp(milliseconds: Int64($0)) }
    }
}

extension Attribution {
    private static let names = AttributionNames(
        modifiedBy: "modifiedBy", comment: "comment", schemaHash: "schemaHash")

    /// As a header's value: JSON, so no character can break the header.
    fileprivate var header: String { String(decoding: json(Self.names), as: UTF8.self) }

    fileprivate init(header: String) {
        self.init(json: header.utf8, Self.names)
    }
}
