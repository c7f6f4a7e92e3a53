import NestKVStorage

/// A moment in a store's past.
public enum Moment: Sendable {
    /// A time by the wall clock of the writing process. Changes in that millisecond are included.
    case time(Timestamp)
    /// Immediately after the change with this revision.
    case revision(Revision)

    /// Reads a time (RFC 3339) or a revision; nil for any other text.
    public init?(_ text: String) {
        if let time = Timestamp(rfc3339: text) {
            self = .time(time)
        } else if !text.isEmpty, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let revision = Revision(text) {
            self = .revision(revision)
        } else {
            return nil
        }
    }

    /// Whether a record had been written.
    func includes(_ record: Record) -> Bool {
        switch self {
        case .time(let time): record.updatedAt <= time
        case .revision(let revision): record.revision <= revision
        }
    }
}

extension Moment: CustomStringConvertible {
    public var description: String {
        switch self {
        case .time(let time): time.rfc3339
        case .revision(let revision): "revision \(revision)"
        }
    }
}
