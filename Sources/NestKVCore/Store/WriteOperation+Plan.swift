import MicroJSON
import NestKVStorage

/// The changes that a write makes to a node.
struct Plan {
    /// The leaves to set and delete.
    var edits: [Edit]
    /// The value that the operation returns.
    var answer: JSONText?
}

extension KeyValueStore {
    /// Computes the changes that a write makes to its path.
    ///
    /// - Parameter restored: the value to restore, for a restoration.
    func plan(_ request: WriteRequest, _ node: Node, child: Key?, restored: JSONText?) throws(StoreError) -> Plan {
        let key = request.key
        switch request.operation {
        case .put(.whole(let text)):
            return Plan(edits: node.edits(replacingBy: text))
        case .put(.flattened(let text, let depth)):
            guard node.owningDocument == nil else { return Plan(edits: node.edits(putting: text)) }
            let leaves = try text.flattened(at: key, depth: depth, keys: keys, maximumLeaves: limits.leaves)
            return Plan(edits: node.edits(putting: leaves))
        case .patch(let patch):
            var node = node
            if case .merge(let changes) = patch { node = node.narrowed(to: changes) }
            let before = node.exists ? JSONValue(node.composed()) : nil
            return Plan(edits: node.edits(patching: try patch.applied(to: before, at: key), keys: keys))
        case .delete:
            guard node.exists else { throw .notFound(key, request.options.view) }
            return Plan(edits: node.editsDeleting())
        case .append(let value):
            return Plan(edits: [.set(child ?? key, value, replacing: nil)])
        case .increment(let amount):
            let sum = try node.sum(with: amount)
            return Plan(edits: node.edits(replacingBy: sum), answer: sum)
        case .swap(let text):
            return Plan(edits: node.edits(replacingBy: text), answer: node.exists ? node.composed() : nil)
        case .compareAndSwap(let expected, let text):
            guard node.exists, JSONValue(node.composed()) == expected else {
                throw StoreError(
                    .valueMismatch, "The value of \(key) does not equal the expected value.", current: node)
            }
            return Plan(edits: node.edits(replacingBy: text))
        case .expire, .persist:
            return Plan(edits: try node.editsRewriting(request.options.view))
        case .restore:
            guard let restored else { throw .notFound(key, .leaf) }
            return Plan(edits: node.edits(replacingBy: restored))
        }
    }
}

extension Node {
    fileprivate func edits(replacingBy text: JSONText) -> [Edit] {
        isLeafOnly ? [.set(key, text, replacing: records.leaf)] : edits(putting: text)
    }

    fileprivate func sum(with amount: JSONText) throws(StoreError) -> JSONText {
        let present = exists ? composed() : JSONText.integer(0)
        guard present.kind == .number else {
            throw StoreError(.notANumber, "The value of \(key) is not a number.", current: self)
        }
        guard let sum = present.adding(amount) else {
            throw StoreError(.notANumber, "The sum of the value of \(key) and \(amount) has more than 1,000 digits.")
        }
        return sum
    }

    /// The edits that write every leaf at and below the path again with its current value.
    fileprivate func editsRewriting(_ view: View) throws(StoreError) -> [Edit] {
        guard exists else { throw .notFound(key, view) }
        if let record = owningRecords.first, record.key != key {
            throw StoreError(
                .notApplicable, "\(key) is a part of the leaf \(record.key), and only whole leaves can expire.")
        }
        let leaves = (records.leaf.map { [$0] } ?? []) + below
        return leaves.map { .set($0.key, $0.value, replacing: $0) }
    }
}

extension Patch {
    fileprivate func applied(to value: JSONValue?, at key: Key) throws(StoreError) -> JSONValue {
        switch self {
        case .merge(let patch):
            return (value ?? .null).mergePatched(with: patch)
        case .operations(let patch):
            guard let value else { throw .notFound(key, .tree) }
            do throws(JSONPatchError) {
                return try patch.apply(to: value)
            } catch {
                throw StoreError(error)
            }
        }
    }
}
