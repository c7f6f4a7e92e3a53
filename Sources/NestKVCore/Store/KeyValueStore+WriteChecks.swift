import MicroJSON

extension KeyValueStore {
    /// An entry point may insist on compare-and-set.
    func requirePrecondition(
        _ request: WriteRequest, _ node: Node?, conditions: Bool
    ) throws(StoreError) {
        if let node, request.options.precondition.restrictsWrites(of: node) { return }
        if conditions || request.operation.isConditional { return }
        throw StoreError(
            .preconditionRequired,
            "Writes to this entry point need a precondition: If-Match, If-None-Match or Nestkv-If-Version. "
                + "If-Unmodified-Since counts where one leaf answers, and If-Modified-Since is for reads.")
    }

    func check(_ precondition: Precondition, _ node: Node) throws(StoreError) {
        guard !precondition.isEmpty, case .failed(let reason) = precondition.evaluate(node, reading: nil) else {
            return
        }
        throw StoreError(.preconditionFailed, reason, current: node)
    }

    /// Refuses what can't be asked of a part of a document, and a document that it would nest too deep.
    func checkPart(_ edit: Edit, _ request: WriteRequest) throws(StoreError) {
        guard request.options.lifetime == nil else {
            throw StoreError(
                .notApplicable, "\(request.key) is a part of the leaf \(edit.key); only whole leaves expire.")
        }
        // Each level takes two bytes.
        guard let value = edit.value, value.utf8.count > 2 * limits.valueDepth else { return }
        guard value.depth > limits.valueDepth else { return }
        throw StoreError(
            .valueTooLarge, "The value of \(edit.key) would be nested more than \(limits.valueDepth) levels deep.",
            limit: limits.valueDepth)
    }

    func checkSize(_ edit: Edit, _ settings: EntryPointSettings?) throws(StoreError) {
        let limit = min(limits.valueBytes, settings?.valueBytes ?? .max)
        guard let value = edit.value, value.utf8.count > limit else { return }
        let size = "\(value.utf8.count) bytes; the most is \(limit)"
        throw StoreError(.valueTooLarge, "The value of \(edit.key) would have \(size).", limit: limit)
    }

    func tooManyLeaves(_ count: Int) -> StoreError {
        StoreError(
            .subtreeTooLarge, "The write changes \(count) leaves; the most is \(limits.leaves).", limit: limits.leaves)
    }
}

extension WriteOperation {
    /// Whether it compares by itself, or adds without looking.
    fileprivate var isConditional: Bool {
        switch self {
        case .compareAndSwap, .increment, .append: true
        default: false
        }
    }
}
