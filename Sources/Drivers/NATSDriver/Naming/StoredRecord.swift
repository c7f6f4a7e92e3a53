import MicroJSON
import NestKVCore

/// A message of a bucket as the record that it is.
///
/// The payload is the value, as JSON; what else is known stands in headers. A message without them was written by another
/// program: its version is its number in the stream, which is greater than every version before it.
struct StoredRecord: Sendable {
    /// The leaf.
    let key: Key
    /// Its number in the stream: the revision.
    let sequence: Revision
    /// The record; nil when the payload is no JSON.
    let record: Record?
    /// What happened.
    let operation: Change.Operation
    /// How many changes of the same commit follow.
    let following: UInt64
    /// Whether the server deletes the message at some time, without a trace.
    let vanishes: Bool

    /// The change for the feed; nil when the payload is no JSON.
    var change: Change? {
        record.map { Change(operation: operation, record: $0, commitRevision: sequence + following) }
    }

    /// A record that was written just now.
    init(_ record: Record, operation: Change.Operation, following: UInt64) {
        key = record.key
        sequence = record.revision
        self.record = record
        self.operation = operation
        self.following = following
        vanishes = false
    }

    /// Reads a message.
    init(_ message: Message, key: Key, at place: StreamPlace) {
        self.key = key
        sequence = place.sequence
        following = message.number("Nestkv-Following") ?? 0
        vanishes = message.has("Nats-TTL")
        let reason = message.header("Nats-Marker-Reason")
        let isDeleted = message.header("KV-Operation").map { $0 == "DEL" || $0 == "PURGE" } ?? (reason != nil)
        let isExpiry = reason == "MaxAge" || message.header("Nestkv-Operation") == "expire"
        operation = !isDeleted ? .set : isExpiry ? .expire : .delete
        guard let version = message.number("Nestkv-Version") else {
            record = Self.foreign(message, key, place, isDeleted: isDeleted)
            return
        }
        let updated = message.time("Nestkv-Updated") ?? place.time
        record = Record(
            key: key, value: isDeleted ? .null : JSONText(trusted: message.payload), version: version,
            revision: place.sequence, createdAt: message.time("Nestkv-Created") ?? updated, updatedAt: updated,
            expiresAt: message.time("Nestkv-Expires"),
            dataHash: message.header("Nestkv-Data-Hash").flatMap(DataHash.init(hexadecimal:)) ?? Self.hashOfNull,
            attribution: message.header("Nestkv-Attribution").map(Attribution.init(header:)) ?? .none,
            isDeleted: isDeleted)
    }

    private static let hashing = CanonicalHashing()
    private static let hashOfNull = hashing.hash(of: .null)

    private static func foreign(_ message: Message, _ key: Key, _ place: StreamPlace, isDeleted: Bool) -> Record? {
        guard let value = isDeleted ? .null : try? JSONText(parsing: message.payload) else { return nil }
        return Record(
            key: key, value: value, version: place.sequence, revision: place.sequence, createdAt: place.time,
            updatedAt: place.time, expiresAt: nil, dataHash: hashing.hash(of: value), attribution: .none,
            isDeleted: isDeleted)
    }
}

extension Mutation {
    /// The message that makes this change.
    ///
    /// - Parameters:
    ///   - previous: the leaf's latest record, its tombstone included.
    ///   - following: how many changes of the same commit follow.
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
    fileprivate func time(_ name: StaticString) -> Timestamp? {
        number(name).map { Timestamp(milliseconds: Int64(bitPattern: $0)) }
    }
}

extension DataHash {
    /// A hash from its 64 hexadecimal digits.
    fileprivate init?(hexadecimal text: String) {
        let digits = Array(text.utf8)
        guard digits.count == 64 else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(32)
        for index in stride(from: 0, to: 64, by: 2) {
            guard let high = Character(UnicodeScalar(digits[index])).hexDigitValue,
                let low = Character(UnicodeScalar(digits[index + 1])).hexDigitValue
            else { return nil }
            bytes.append(UInt8(high << 4 | low))
        }
        self = bytes.withUnsafeBytes { DataHash(bytes: $0) }
    }
}

extension Attribution {
    /// As a header's value: JSON, so no character can break the header.
    fileprivate var header: String {
        var writer = JSONWriter()
        writer.beginObject()
        for (name, value) in [("modifiedBy", modifiedBy), ("comment", comment), ("schemaHash", schemaHash)] {
            guard let value else { continue }
            writer.name(utf8: name.utf8)
            writer.string(value)
        }
        if !tags.isEmpty {
            writer.name("tags")
            writer.beginArray()
            for tag in tags { writer.string(tag) }
            writer.endArray()
        }
        writer.endObject()
        return writer.text.description
    }

    /// From a header's value; what can't be read is left out.
    fileprivate init(header: String) {
        let answer = Answer(text: Array(header.utf8))
        self.init(
            modifiedBy: answer["modifiedBy"].string, comment: answer["comment"].string,
            tags: answer["tags"].elements.compactMap(\.string), schemaHash: answer["schemaHash"].string)
    }
}
