extension KeyValueStore {
    func label(
        _ edit: Edit, _ request: WriteRequest, _ time: Timestamp, _ settings: EntryPointSettings?
    ) -> StagedLeaf.Label {
        let standing = edit.replacing.map { StagedLeaf.Label(attribution: $0.attribution, expiresAt: $0.expiresAt) }
        return label(request, edit.key, replacing: edit.value == nil ? nil : standing, time, settings)
    }

    /// What is known about a leaf's change besides the value.
    ///
    /// - Parameter standing: the same of the leaf that stands there.
    func label(
        _ request: WriteRequest, _ key: Key, replacing standing: StagedLeaf.Label?, _ time: Timestamp,
        _ settings: EntryPointSettings?
    ) -> StagedLeaf.Label {
        let options = request.options
        var label = StagedLeaf.Label(
            attribution: options.attribution, expiresAt: options.lifetime.map { time + $0 })
        if let standing {
            if request.operation.keepsTags(options), !standing.attribution.tags.isEmpty {
                label.attribution.tags = standing.attribution.tags
            }
            if request.operation.keepsValue, label.attribution.schemaHash == nil {
                label.attribution.schemaHash = standing.attribution.schemaHash
            }
            // A document of which a part is written stays as long as it would have stayed.
            let keepsExpiry = request.operation.keepsExpiry || key.isAncestor(of: request.key)
            if label.expiresAt == nil, keepsExpiry {
                label.expiresAt = standing.expiresAt
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
    /// Whether values stay as they are.
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

    /// Whether a leaf keeps the tags that it has.
    fileprivate func keepsTags(_ options: WriteOptions) -> Bool {
        switch self {
        case .patch, .increment, .expire, .persist: !options.hasTags
        default: false
        }
    }
}
