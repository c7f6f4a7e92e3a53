import MicroJSON
import NestKVStorage

extension JSONText {
    /// Splits an object into leaves at and below a key, one for each member, `depth` levels down.
    ///
    /// Arrays, scalars and empty objects become leaves. Texts are copied, not parsed again.
    ///
    /// - Throws: ``StoreError`` with the JSON pointer of a member whose name can't be a key, or if there are too many
    ///   leaves.
    func flattened(
        at key: Key, depth: Int, keys: any KeyService, maximumLeaves: Int
    ) throws(StoreError) -> [(key: Key, value: JSONText)] {
        var leaves: [(key: Key, value: JSONText)] = []
        try forEachLeaf(depth: depth) { path, value throws(StoreError) in
            guard leaves.count < maximumLeaves else {
                throw StoreError(
                    .subtreeTooLarge, "The object has more than \(maximumLeaves) leaves; store it in several parts.",
                    limit: maximumLeaves)
            }
            var leaf = key
            for name in path { leaf = try leaf.appending(member: name, of: path, keys) }
            leaves.append((leaf, JSONText(trusted: Array(value))))
        }
        return leaves
    }
}

extension Key {
    fileprivate func appending(
        member name: [UInt8], of path: [[UInt8]], _ keys: any KeyService
    ) throws(StoreError) -> Key {
        let child = appending(name)
        do {
            try keys.check(child, name: name)
            return child
        } catch {
            let pointer = JSONPointer(tokens: path).description
            let message = "A name in the path \(pointer) can't be part of a key. \(error.message)"
            throw StoreError(KeyError(error.kind, message, limit: error.limit)).about { $0.pointer = pointer }
        }
    }
}
