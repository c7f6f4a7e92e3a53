import MicroJSON
import NestKVStorage

extension KeyValueStore {
    /// Refuses a write without a precondition to an entry point that requires one.
    func requirePrecondition(
        _ request: WriteRequest, _ node: Node?, conditions: Bool
    ) throws(StoreError) {
        if let node, request.options.precondition.restrictsWrites(of: node) { return }
        if conditions || request.operation.isConditional { return }
        throw StoreError(
            .preconditionRequired,
            "This entry point requires a precondition for writes.", .statePrecondition)
    }

    func check(_ precondition: Precondition, _ node: Node) throws(StoreError) {
        guard !precondition.isEmpty, case .failed(let failure) = precondition.evaluate(node, reading: nil) else {
            return
        }
        throw .unmet(failure, current: node)
    }

    /// Refuses a lifetime for a part of a document, and a part that makes its document too deep.
    func checkPart(_ edit: Edit, _ request: WriteRequest) throws(StoreError) {
        let path = request.key.segments(below: edit.key)
        guard request.options.lifetime == nil || edit.value?.contains(path) != true else {
            throw StoreError(
                .notApplicable, "\(request.key) is a part of the leaf \(edit.key), and only whole leaves can expire.")
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
        throw StoreError(
            .valueTooLarge,
            "The value of \(edit.key) would have \(value.utf8.count) bytes; the limit is \(limit).", limit: limit)
    }

    func tooManyLeaves(_ count: Int) -> StoreError {
        StoreError(
            .subtreeTooLarge, "The write would change \(count) leaves; the limit is \(limits.leaves).",
            limit: limits.leaves)
    }
}

extension WriteOperation {
    /// Whether the operation compares by itself or doesn't depend on the current value.
    fileprivate var isConditional: Bool {
        switch self {
        case .compareAndSwap, .increment, .append: true
        default: false
        }
    }
}
