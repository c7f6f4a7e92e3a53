import MicroJSON
import NestKVStorage

/// Makes the metadata of a change: its time, author, comment, and the hash of its value.
public protocol MetadataService: Sendable {
    /// The draft of a leaf's change.
    ///
    /// - Parameters:
    ///   - edit: the leaf, its new value and what it replaces.
    ///   - attribution: the author, comment, tags and schema.
    ///   - time: when the change is made, the same for all leaves of one write.
    ///   - expiresAt: when the leaf expires; nil for never.
    func draft(_ edit: Edit, attribution: Attribution, time: Timestamp, expiresAt: Timestamp?) -> Draft
}

/// The metadata of the HTTP interface.
public struct StandardMetadata: MetadataService {
    private let hashing: any HashingService

    /// A service that hashes with `hashing`.
    public init(hashing: any HashingService) {
        self.hashing = hashing
    }

    public func draft(_ edit: Edit, attribution: Attribution, time: Timestamp, expiresAt: Timestamp?) -> Draft {
        Draft(
            key: edit.key, value: edit.value, dataHash: hashing.hash(of: edit.value ?? .null), time: time,
            expiresAt: expiresAt, attribution: attribution)
    }
}
