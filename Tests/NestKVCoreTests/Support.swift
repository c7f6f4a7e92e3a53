import MicroJSON

import TestSupport
@testable import NestKVCore
@testable import NestKVStorage

/// The node of a path in a tree of leaves, resolved from the leaves at, above and below it as a driver would do.
func node(_ path: String, in leaves: [Record], isLeafOnly: Bool = false) -> Node {
    let key = key(path)
    let above = leaves.filter { $0.key.isAncestor(of: key) }.sorted { $0.key.depth > $1.key.depth }
    let below = leaves.filter { key.isAncestor(of: $0.key) }.sorted { $0.key < $1.key }
    return Node(
        key: key,
        records: NodeRecords(
            latest: leaves.first { $0.key == key }, ancestors: isLeafOnly ? [] : above, below: isLeafOnly ? [] : below,
            revision: 100),
        isLeafOnly: isLeafOnly)
}

/// The leaves after edits, as a store would make them.
func applying(_ edits: [Edit], to leaves: [Record]) -> [Record] {
    var standing = Dictionary(uniqueKeysWithValues: leaves.map { ($0.key, $0) })
    for edit in edits {
        guard let value = edit.value else {
            standing[edit.key] = nil
            continue
        }
        let old = standing[edit.key]
        standing[edit.key] = Record(
            key: edit.key, value: value, version: (old?.version ?? 0) + 1, revision: 200, createdAt: .now,
            updatedAt: .now,
            expiresAt: nil, dataHash: CanonicalHashing().hash(of: value), attribution: .none, isDeleted: false)
    }
    return Array(standing.values)
}

/// The record of a leaf below `__schema`; a deletion without a text.
func schemaRecord(
    _ name: String, _ text: String?, tags: [String] = [], version: UInt64 = 1, revision: Revision = 1
) -> Record {
    let value = text.map { JSONText(trusted: Array($0.utf8)) } ?? .null
    return Record(
        key: key("__schema/\(name)"), value: value, version: version, revision: revision, createdAt: .now,
        updatedAt: .now, expiresAt: nil, dataHash: CanonicalHashing().hash(of: value),
        attribution: Attribution(tags: tags), isDeleted: text == nil)
}
