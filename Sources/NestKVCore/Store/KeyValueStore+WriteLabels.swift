import NestKVStorage

extension KeyValueStore {
    func label(
        _ edit: Edit, _ request: WriteRequest, _ time: Timestamp, _ settings: EntryPointSettings?
    ) -> StagedLeaf.Label {
        let replaced = edit.replacing.map { StagedLeaf.Label(attribution: $0.attribution, expiresAt: $0.expiresAt) }
        return label(request, edit.key, replacing: edit.value == nil ? nil : replaced, time, settings)
    }

    /// The metadata of a leaf's change.
    ///
    /// - Parameter replaced: the metadata of the leaf that is replaced.
    func label(
        _ request: WriteRequest, _ key: Key, replacing replaced: StagedLeaf.Label?, _ time: Timestamp,
        _ settings: EntryPointSettings?
    ) -> StagedLeaf.Label {
        let options = request.options
        // A document above keeps its expiry, whatever is written to its part or taken out of it.
        let isDocument = key.isAncestor(of: request.key)
        var label = StagedLeaf.Label(
            attribution: options.attribution, expiresAt: isDocument ? nil : options.lifetime.map { time + $0 })
        if let replaced {
            if request.operation.keepsTags(options), !replaced.attribution.tags.isEmpty {
                label.attribution.tags = replaced.attribution.tags
            }
            if request.operation.keepsValue, label.attribution.schemaHash == nil {
                label.attribution.schemaHash = replaced.attribution.schemaHash
            }
            if label.expiresAt == nil, request.operation.keepsExpiry || isDocument {
                label.expiresAt = replaced.expiresAt
                return label
            }
        }
        if label.expiresAt == nil, let lifetime = settings?.lifetime, !request.operation.isPersist {
            label.expiresAt = time + lifetime
        }
        return label
    }
}

extension WriteOperation {
    /// Whether the operation leaves values unchanged.
    fileprivate var keepsValue: Bool {
        switch self {
        case .expire, .persist: true
        default: false
        }
    }

    fileprivate var isPersist: Bool {
        if case .persist = self { return true }
        return false
    }

    /// Whether a leaf keeps its current tags.
    fileprivate func keepsTags(_ options: WriteOptions) -> Bool {
        switch self {
        case .patch, .increment, .expire, .persist: !options.hasTags
        default: false
        }
    }
}
