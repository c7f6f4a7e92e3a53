import MicroJSON
import NestKVStorage

/// Writes to documents that an earlier write of the same commit changed. They are made in place, so that a thousand of
/// them cost about one parse and one rewrite.
extension Staging {
    /// Carries out a write to a document, or to a part of one, in place.
    ///
    /// - Parameter label: returns the metadata of the document's change for its previous metadata.
    /// - Returns: false if the write can't be made in place. The general way then makes it, or reports why it can't.
    mutating func changeDocument(
        _ request: WriteRequest, _ records: NodeRecords, _ limits: StoreLimits, valueBytes: Int,
        label: (Key, StagedLeaf.Label) -> StagedLeaf.Label
    ) throws(StoreError) -> Bool {
        let key = request.key
        guard !pending.isEmpty, request.options.precondition.isEmpty, let place = documentPlace(for: key, records)
        else {
            return false
        }
        let path = key.segments(below: pending[place].key).map(Array.init)
        guard request.isForDocument(isWhole: path.isEmpty), path.isEmpty || pending[place].contains(path) else {
            return false
        }
        let answer: JSONText?
        if case .put(.whole(let text)) = request.operation, path.isEmpty {
            pending[place].set(text, pending[place].label)
            answer = nil
        } else if case .delete = request.operation {
            try pending[place].change { document in _ = try? document.remove(at: path) }
            answer = nil
        } else {
            let change = try pending[place].change { document throws(StoreError) in
                try document.withValue(at: path[...]) { part throws(StoreError) in
                    try part.change(request.operation, levelsAbove: path.count, limits)
                }
            }
            guard case .done(let given)? = change else { return false }
            answer = given
        }
        try checkSize(at: place, request, limit: valueBytes)
        pending[place].mark(label(pending[place].key, pending[place].label))
        let isLeafOnly = request.options.view == .leaf
        expect(key, records, isLeafOnly: isLeafOnly)
        addChange(at: place, of: key, records, isLeafOnly: isLeafOnly, answer: answer)
        return true
    }

    /// The position of the changed document if it alone answers for a path; nil if other leaves may take part.
    ///
    /// It is the nearest leaf at or above the path. The leaves above it take part only if they contain the path, too.
    private mutating func documentPlace(for key: Key, _ records: NodeRecords) -> Int? {
        guard records.below.isEmpty else { return nil }
        if places == nil { places = Places(pending.map(\.key)) }
        guard let places, places.below[key]?.contains(where: { pending[$0].isSet }) != true else { return nil }
        var found: Int?
        if let place = places[key] {
            if pending[place].isSet { found = place }
        } else if records.leaf != nil {
            return nil
        }
        for ancestor in key.ancestors {
            if let place = places[ancestor] {
                guard pending[place].isSet else { continue }
                guard found != nil else {
                    found = place
                    continue
                }
                guard !pending[place].mayContain(partAt: key) else { return nil }
            } else if let leaf = records.ancestors.first(where: { $0.key == ancestor }) {
                guard found != nil, !leaf.contains(partAt: key) else { return nil }
            }
        }
        return found
    }

    private mutating func checkSize(at place: Int, _ request: WriteRequest, limit: Int) throws(StoreError) {
        let size = pending[place].grow(by: request.operation.addedBytes, limit: limit)
        guard size > limit else { return }
        throw StoreError(
            .valueTooLarge, "The value of \(pending[place].key) would have \(size) bytes; the limit is \(limit).",
            limit: limit)
    }
}

extension WriteRequest {
    /// Whether the write can be made in place if a document alone answers.
    fileprivate func isForDocument(isWhole: Bool) -> Bool {
        // Only whole leaves expire, and the view of a leaf addresses the one at exactly the path.
        guard isWhole || (options.lifetime == nil && options.view == .tree) else { return false }
        switch operation {
        case .put(.whole), .patch, .increment, .swap, .compareAndSwap: return true
        case .put(.flattened), .delete: return !isWhole
        case .append, .expire, .persist, .restore: return false
        }
    }
}

extension WriteOperation {
    /// The most bytes by which a document can grow.
    fileprivate var addedBytes: Int {
        switch self {
        case .put(.whole(let text)), .put(.flattened(let text, _)), .swap(let text), .compareAndSwap(_, let text):
            text.utf8.count
        case .patch(.merge(let patch)): patch.size.bytes
        // Only the limits bound what the patch copies.
        case .patch(.operations): .max / 2
        case .increment: 1100
        default: 0
        }
    }
}

/// The result of a change in place.
private enum InPlace {
    case done(answer: JSONText?)
    case impossible
}

extension JSONValue {
    fileprivate mutating func change(
        _ operation: WriteOperation, levelsAbove: Int, _ limits: StoreLimits
    ) throws(StoreError) -> InPlace {
        var answer: JSONText?
        var isNew = true
        switch operation {
        case .put(.whole(let text)), .put(.flattened(let text, _)):
            self = JSONValue(text)
        case .patch(.merge(let patch)):
            mergePatch(patch)
        case .patch(.operations(let patch)):
            do throws(JSONPatchError) { try patch.apply(in: &self) } catch { throw StoreError(error) }
        case .increment(let amount):
            guard case .scalar(let present) = self, let sum = present.adding(amount) else { return .impossible }
            self = .scalar(sum)
            answer = sum
            isNew = false
        case .swap(let text):
            answer = self.text
            self = JSONValue(text)
        case .compareAndSwap(let expected, let text):
            guard self == expected else { return .impossible }
            self = JSONValue(text)
        default: return .impossible
        }
        // The depth of a whole document is checked when it is parsed.
        guard isNew, levelsAbove > 0, levelsAbove + size.depth > limits.valueDepth else { return .done(answer: answer) }
        throw StoreError(
            .valueTooLarge, "The document would be nested more than \(limits.valueDepth) levels deep.",
            limit: limits.valueDepth)
    }
}
