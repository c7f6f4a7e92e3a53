import MicroJSON
import NestKVStorage

extension Staging {
    /// The result of each write, with the state of its path after the last one.
    mutating func results(_ receipt: Receipt) -> [WriteResult] {
        guard !brokenRules.isEmpty else { return unmarkedResults(receipt) }
        var results = unmarkedResults(receipt)
        for (index, count) in brokenRules { results[index].brokenRules = count }
        return results
    }

    private mutating func unmarkedResults(_ receipt: Receipt) -> [WriteResult] {
        // Without changes the results equal those of reads.
        if pending.isEmpty { return steps.map { $0.result($0.node, receipt, revision: $0.node.revision) } }
        guard steps.count > 1 else {
            return steps.map { step in
                step.result(step.nodeBefore(receipt).after(receipt.records, revision: receipt.revision), receipt)
            }
        }
        // Leaves that were created and deleted again are in nodes that later writes read.
        var records = receipt.records
        for place in pending.indices where !pending[place].isSet && pending[place].replacing == nil {
            records.append(record(at: place))
        }
        let places = Places(records.map(\.key))
        // Writes to the same path or into the same document share their results.
        var documents: [Key: JSONValue] = [:]
        var nodes: [Place: Node] = [:]
        return steps.map { step in
            let place = Place(key: step.target, isLeafOnly: step.node.isLeafOnly)
            if let node = nodes[place] { return step.result(node, receipt) }
            let related = places.related(to: step.target).map { records[$0] }
            let node = step.nodeBefore(receipt).after(related, revision: receipt.revision) { record, path in
                guard record.value.utf8.count > 1024 else { return Descent(record.value, path) }
                let document = documents[record.key] ?? JSONValue(record.value)
                documents[record.key] = document
                return Descent(document, path)
            }
            nodes[place] = node
            return step.result(node, receipt)
        }
    }
}

extension Staging.Step {
    /// The target as the write found it.
    fileprivate func nodeBefore(_ receipt: Receipt) -> Node {
        guard target != node.key else { return node }
        return Node(key: target, records: NodeRecords(revision: receipt.revision))
    }

    fileprivate func result(_ node: Node, _ receipt: Receipt, revision: Revision? = nil) -> WriteResult {
        WriteResult(
            key: target, isCreation: isCreation, node: node, setCount: setCount, deletedCount: deletedCount,
            revision: revision ?? receipt.revision, durability: receipt.durability, answer: answer)
    }
}
