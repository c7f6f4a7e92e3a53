import MicroJSON
import NestKVCore
import NestKVStorage

/// A change that is delivered to its subscribers. All of them share one object, so that a rendering is made once.
public final class Event: Sendable {
    /// The change.
    public let change: Change
    /// Its place in the feed, which is its id.
    public let position: FeedPosition
    /// The leaf's record before the change; nil inside if it did not exist or is not retained, nil outside if no
    /// subscriber requested it.
    public let previous: Record??
    private let plain = Rendering()
    private let withPrevious = Rendering()

    /// An event for a change.
    public init(_ change: Change, at position: FeedPosition, previous: Record?? = nil) {
        self.change = change
        self.position = position
        self.previous = previous
    }

    /// The bytes of its values.
    public var valueBytes: Int {
        change.record.value.utf8.count + (previous?.map(\.value.utf8.count) ?? 0)
    }

    /// An object that an adapter makes from this event, such as a frame ready to send. It is made once with
    /// ``previous`` and once without.
    public func rendering<Made: AnyObject & Sendable>(withPrevious: Bool, _ make: () -> Made) -> Made {
        withPrevious ? self.withPrevious.kept(make) : plain.kept(make)
    }
}

extension Event {
    /// Writes the event as one JSON object: the schema `Change` of `openapi/openapi.yaml`.
    ///
    /// - Parameter shown: what its receivers get of a leaf.
    public func write(
        to writer: inout JSONWriter, path: String, withPrevious: Bool, showing shown: (Record) -> ShownLeaf
    ) {
        let record = change.record
        writer.beginObject()
        writer.member("path", path)
        writer.array("key", of: record.key.segments.dropFirst()) { $0.string(utf8: $1) }
        writer.member("operation", change.operation.name)
        writer.member("revision", record.revision)
        write(record, shown(record), to: &writer)
        if withPrevious {
            if case let previous?? = previous, !previous.isDeleted {
                writer.object("previous") { write(previous, shown(previous), to: &$0) }
            } else {
                writer.member("previous", JSONText.null)
            }
        }
        writer.endObject()
    }

    private func write(_ record: Record, _ shown: ShownLeaf, to writer: inout JSONWriter) {
        writer.member("value", shown.value ?? .null)
        if shown.value == nil { writer.member("invalid", true) }
        writer.object("metadata") { writer in
            record.writeMetadata(to: &writer)
            if let hash = shown.shownAs { writer.member("shownAs", hash) }
        }
    }
}

extension Change.Operation {
    /// The name of the operation, which is also the name of its event.
    public var name: String {
        switch self {
        case .set: "set"
        case .delete: "delete"
        case .expire: "expire"
        }
    }
}
