import MicroJSON
import NestKVStorage

/// Writes to documents that an earlier write of the same commit changed. They are made in place, so that a thousand of
/// them cost about one parse and one rewrite.
extension Staging {
    /// Carries out a write to a document, or to a part of one, in place.
    ///
    /// - Parameter limits: the bytes and levels of a value above which its exact size is needed.
    /// - Returns: the write, for the rules. Nil if it can't be made in place; the general way then makes it, or reports
    ///   why it can't.
    mutating func changeDocument(
        _ work: PreparedWrite, _ records: NodeRecords, _ settings: EntryPointSettings?, hasConditions: Bool,
        _ limits: (bytes: Int, depth: Int)
    ) throws(StoreError) -> PlannedWrite? {
        guard !pending.isEmpty, work.request.options.precondition.isEmpty,
            let place = documentPlace(for: work.request.key, records)
        else {
            return nil
        }
        let request = work.request
        let key = request.key
        let path = key.segments(below: pending[place].key).map(Array.init)
        guard work.isForDocument(isWhole: path.isEmpty), path.isEmpty || pending[place].contains(path) else {
            return nil
        }
        var answer: JSONText?
        if let text = request.operation.replacement, path.isEmpty {
            pending[place].set(text, pending[place].metadata)
        } else {
            let change = try pending[place].change { document throws(StoreError) in
                try document.change(at: path, by: request.operation)
            }
            guard case .done(let given)? = change else { return nil }
            answer = given
            pending[place].grow(by: request.operation.load, levelsAbove: path.count, limits)
        }
        pending[place].mark(
            metadata.metadata(
                request, pending[place].key, replacing: pending[place].metadata, settings, time: time))
        let isLeafOnly = request.options.view == .leaf
        expect(key, records, isLeafOnly: isLeafOnly)
        let write = PlannedWrite(
            work: work, node: Node(unresolved: key, records: records, isLeafOnly: isLeafOnly), settings: settings,
            hasConditions: hasConditions, plan: Plan(edits: [], answer: answer), document: pending[place])
        addChange(at: place, write)
        return write
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
}

extension PreparedWrite {
    /// Whether the write can be made in place if a document alone answers.
    fileprivate func isForDocument(isWhole: Bool) -> Bool {
        // Only whole leaves expire, and the view of a leaf addresses the one at exactly the path.
        guard isWhole || (request.options.lifetime == nil && request.options.view == .tree) else { return false }
        return traits.contains(isWhole ? .changesDocuments : .changesParts)
    }
}

extension JSONValue {
    /// Carries out an operation on the value at a path; nil if there is no such value.
    fileprivate mutating func change(
        at path: [[UInt8]], by operation: any WriteOperation
    ) throws(StoreError) -> DocumentChange? {
        let change = try withValue(at: path[...]) { part throws(StoreError) in try operation.change(&part) }
        guard case .removal? = change else { return change }
        _ = try? remove(at: path)
        return .done(answer: nil)
    }
}
