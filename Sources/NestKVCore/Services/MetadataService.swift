import MicroJSON
import NestKVStorage

/// What a change says about a leaf besides its value.
public struct LeafMetadata: Sendable {
    /// The author, comment, tags and schema.
    public var attribution: Attribution
    /// When the leaf expires; nil for never.
    public var expiresAt: Timestamp?

    init(attribution: Attribution, expiresAt: Timestamp?) {
        self.attribution = attribution
        self.expiresAt = expiresAt
    }

    /// That of a stored leaf.
    init(_ record: Record) {
        self.init(attribution: record.attribution, expiresAt: record.expiresAt)
    }
}

/// Makes the metadata of a change: its time, author, comment, tags, schema and expiry, and the hash of its value.
/// An object, so that it is passed on as one reference.
public protocol MetadataService: AnyObject, Sendable {
    /// What a write gives a leaf, and what the leaf keeps.
    ///
    /// - Parameters:
    ///   - request: the write.
    ///   - key: the leaf.
    ///   - replaced: the metadata of the leaf that is replaced; nil if the leaf is created or deleted.
    ///   - settings: the settings of the entry point.
    ///   - time: when the change is made.
    func metadata(
        _ request: WriteRequest, _ key: Key, replacing replaced: LeafMetadata?, _ settings: EntryPointSettings?,
        time: Timestamp
    ) -> LeafMetadata

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
public final class StandardMetadata: MetadataService {
    private let hashing: any HashingService

    /// A service that hashes with `hashing`.
    public init(hashing: any HashingService) {
        self.hashing = hashing
    }

    public func metadata(
        _ request: WriteRequest, _ key: Key, replacing replaced: LeafMetadata?, _ settings: EntryPointSettings?,
        time: Timestamp
    ) -> LeafMetadata {
        let traits = request.operation.traits
        // A document above keeps its expiry, whatever is written to its part or taken out of it.
        let isDocument = key.isAncestor(of: request.key)
        var metadata = LeafMetadata(
            attribution: request.options.attribution,
            expiresAt: isDocument ? nil : request.options.lifetime.map { time + $0 })
        if metadata.attribution.schemaHash != nil, key != request.key, !traits.contains(.createsChild) {
            // The stated schema is that of the path, not of a document above it or of leaves below it.
            metadata.attribution.schemaHash = nil
        }
        if let replaced {
            if traits.contains(.keepsTags), !request.options.hasTags, !replaced.attribution.tags.isEmpty {
                metadata.attribution.tags = replaced.attribution.tags
            }
            if traits.keepsSchema || isDocument, metadata.attribution.schemaHash == nil,
                let hash = replaced.attribution.schemaHash
            {
                metadata.attribution.schemaHash = hash
            }
            if metadata.expiresAt == nil, traits.contains(.changesValue) || isDocument {
                metadata.expiresAt = replaced.expiresAt
                return metadata
            }
        }
        if metadata.expiresAt == nil, let lifetime = settings?.lifetime, !traits.contains(.removesExpiry) {
            metadata.expiresAt = time + lifetime
        }
        return metadata
    }

    public func draft(_ edit: Edit, attribution: Attribution, time: Timestamp, expiresAt: Timestamp?) -> Draft {
        Draft(
            key: edit.key, value: edit.value, dataHash: hashing.hash(of: edit.value ?? .null), time: time,
            expiresAt: expiresAt, attribution: attribution)
    }
}
