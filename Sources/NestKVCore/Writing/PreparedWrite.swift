import NestKVStorage

/// A write with the paths that it reads. A class, so that it is passed on as one reference.
final class PreparedWrite: Sendable {
    let request: WriteRequest
    /// The path that the precondition and the edits apply to.
    let key: Key
    let view: View
    /// The child that an append creates.
    let child: Key?
    let traits: OperationTraits

    init(_ request: WriteRequest, _ keys: any KeyService) throws(StoreError) {
        self.request = request
        traits = request.operation.traits
        guard traits.contains(.createsChild) else {
            (key, view, child) = (request.key, request.options.view, nil)
            return
        }
        let name = keys.childName()
        let child = request.key.appending(name)
        do { try keys.check(child, name: name) } catch { throw StoreError(error) }
        self.child = child
        // Without a condition on the parent, the parent needn't be read, however many leaves are below it.
        let isUnconditional = request.options.precondition.isEmpty
        (key, view) = isUnconditional ? (child, .leaf) : (request.key, request.options.view)
    }

    /// Whether the write would hold up other requests: it has many leaves, or must take a large document apart.
    func computesLong(on node: Node) -> Bool {
        if node.below.count > 1024 { return true }
        let isInDocument =
            switch node.owner {
            case .document, .merged: true
            case .leaf, .nobody: false
            }
        let takesApart = isInDocument || !traits.contains(.ignoresValue)
        return takesApart && node.storedBytes + node.ancestorBytes > 64 << 10
    }
}
