import MicroJSON
import NestKVStorage

extension Node {
    /// Finds what a document has along a path.
    typealias Descend = (Record, [ArraySlice<UInt8>]) -> Descent

    /// A leaf's part of the value of a path.
    public struct Part: Sendable {
        /// The leaf.
        public let record: Record
        /// The part of its value.
        public let value: JSONText
    }

    /// The records from which the value of the path itself is merged, topmost first.
    public var owningRecords: [Record] {
        switch owner {
        case .leaf(let record), .document(let record, _): [record]
        case .merged(let parts): parts.map(\.record)
        case .nobody: []
        }
    }

    /// The deepest record that answers for the path itself: its leaf, or the leaf of a document that contains it.
    public var owningRecord: Record? {
        switch owner {
        case .leaf(let record), .document(let record, _): record
        case .merged(let parts): parts.last?.record
        case .nobody: nil
        }
    }

    /// The document to which a new value of the path is written; nil if it becomes the leaf at exactly the path.
    var owningDocument: Record? {
        switch owner {
        case .document(let record, _): record
        case .merged(let parts): parts.last.flatMap { $0.record.key == key ? nil : $0.record }
        case .leaf, .nobody: nil
        }
    }
}

extension NodeRecords {
    /// What answers for a path itself, if there are leaves above it.
    ///
    /// The documents are searched from the nearest one upward. A scalar or an array hides what the documents above have
    /// at or below its place.
    func owner(of key: Key, _ descend: Node.Descend?) -> Node.Owner {
        if let leaf {
            let above = objects(at: key, in: ancestors[...], descend)
            return above.isEmpty ? .leaf(leaf) : .merged(above + [Node.Part(record: leaf, value: leaf.value)])
        }
        // The fewest segments of the path that remain where an object of a nearer document lacks the next member.
        var least = Int.max
        for (index, document) in ancestors.enumerated() {
            let path = key.segments(below: document.key)
            let descent = descend?(document, path) ?? Descent(document.value, path)
            let rest = path.count - descent.count
            if rest == 0 {
                let part = descent.text
                guard descent.kind == .object else { return .document(document, part: part) }
                let above = objects(at: key, in: ancestors[(index + 1)...], descend)
                guard !above.isEmpty else { return .document(document, part: part) }
                return .merged(above + [Node.Part(record: document, value: part)])
            }
            if descent.kind != .object {
                // Leaves below a scalar or an array are members of an object that has it as `_value`.
                guard rest < least, below.isEmpty, let part = descent.entered(by: path.suffix(rest)) else {
                    return .nobody
                }
                return .document(document, part: part)
            }
            least = min(least, rest)
        }
        return .nobody
    }

    /// The objects that some documents above a path have there, topmost first, as far as they are merged with an object
    /// that is stored deeper.
    ///
    /// - Parameter documents: the documents, nearest first.
    func objects(at key: Key, in documents: ArraySlice<Record>, _ descend: Node.Descend? = nil) -> [Node.Part] {
        var parts: [Node.Part] = []
        for document in documents {
            let path = key.segments(below: document.key)
            let descent = descend?(document, path) ?? Descent(document.value, path)
            guard descent.kind == .object else { break }
            if descent.count == path.count { parts.append(Node.Part(record: document, value: descent.text)) }
        }
        return parts.reversed()
    }
}
