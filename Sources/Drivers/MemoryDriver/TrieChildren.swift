/// The children of one trie node, in byte order of their names.
///
/// A sorted array cut into chunks. A lookup is two binary searches over integers, the first eight bytes of each name;
/// the other bytes are compared only when those are equal. An insertion moves at most one chunk. This holds with a
/// million children.
struct TrieChildren {
    /// A child and the first eight bytes of its name as a number, the order of which is the order of the bytes.
    private struct Entry {
        let prefix: UInt64
        let node: TrieNode
    }

    /// The position of a child.
    private struct Position {
        var chunk: Int
        var entry: Int
    }

    private static let chunkCapacity = 256

    /// No chunk is empty.
    private var chunks: [[Entry]] = []

    /// Whether there are no children.
    var isEmpty: Bool { chunks.isEmpty }

    /// The child with this name.
    ///
    /// Not counted as a reference: the trie holds its nodes, and it doesn't change while it is walked. All readers and
    /// writers pass the same few nodes, and would contend for their reference counts.
    @inline(__always)
    func find(_ name: TrieName) -> Unmanaged<TrieNode>? { lowerBound(of: name).child }

    /// Inserts a child.
    ///
    /// - Precondition: no child has its name.
    mutating func insert(_ node: TrieNode) {
        node.name.withUnsafeBufferPointer { bytes in
            let name = TrieName(bytes)
            let entry = Entry(prefix: name.prefix, node: node)
            guard !chunks.isEmpty else { return chunks.append([entry]) }
            var (position, child) = lowerBound(of: name)
            precondition(child == nil, "a child with this name exists already")
            if position.chunk == chunks.count {
                position = Position(chunk: chunks.count - 1, entry: chunks[chunks.count - 1].count)
            }
            chunks[position.chunk].insert(entry, at: position.entry)
            if chunks[position.chunk].count > Self.chunkCapacity { split(position) }
        }
    }

    /// Cuts a full chunk: in the middle, or at its end when names come in order, so that they fill their chunks.
    private mutating func split(_ position: Position) {
        let count = chunks[position.chunk].count
        let cut = position.entry == count - 1 ? count - 1 : count / 2
        let right = Array(chunks[position.chunk][cut...])
        chunks[position.chunk].removeSubrange(cut...)
        chunks.insert(right, at: position.chunk + 1)
    }

    /// Removes the child with this name, if there is one.
    mutating func remove(_ name: TrieName) {
        let (position, child) = lowerBound(of: name)
        guard child != nil else { return }
        chunks[position.chunk].remove(at: position.entry)
        if chunks[position.chunk].isEmpty { chunks.remove(at: position.chunk) }
    }

    /// Visits the children in order, from the first whose name is not smaller than `start`, until `visit` returns
    /// false.
    ///
    /// - Returns: false if `visit` returned false.
    func visit(from start: TrieName?, _ visit: (TrieNode) -> Bool) -> Bool {
        var position = start.map { lowerBound(of: $0).position } ?? Position(chunk: 0, entry: 0)
        while position.chunk < chunks.count {
            for entry in chunks[position.chunk][position.entry...] {
                guard visit(entry.node) else { return false }
            }
            position = Position(chunk: position.chunk + 1, entry: 0)
        }
        return true
    }

    /// The first position whose name is not smaller, and the child if it has exactly that name. In buffers, because the
    /// arrays' own subscripts count references.
    private func lowerBound(of name: TrieName) -> (position: Position, child: Unmanaged<TrieNode>?) {
        chunks.withUnsafeBufferPointer { chunks in
            // If a chunk holds the name, it is the last one that doesn't begin after it.
            var low = 0
            var high = chunks.count
            while low < high {
                let middle = (low + high) / 2
                let order = chunks[middle].withUnsafeBufferPointer { Self.order($0[0], name) }
                if order <= 0 { low = middle + 1 } else { high = middle }
            }
            guard low > 0 else { return (Position(chunk: 0, entry: 0), nil) }
            let chunk = low - 1
            return chunks[chunk].withUnsafeBufferPointer { entries in
                var low = 0
                var high = entries.count
                while low < high {
                    let middle = (low + high) / 2
                    let order = Self.order(entries[middle], name)
                    if order == 0 {
                        return (Position(chunk: chunk, entry: middle), .passUnretained(entries[middle].node))
                    }
                    if order < 0 { low = middle + 1 } else { high = middle }
                }
                let isBehind = low == entries.count
                return (Position(chunk: isBehind ? chunk + 1 : chunk, entry: isBehind ? 0 : low), nil)
            }
        }
    }

    /// Negative if the entry's name is smaller, zero if it is equal.
    @inline(__always)
    private static func order(_ entry: Entry, _ name: TrieName) -> Int {
        if entry.prefix != name.prefix { return entry.prefix < name.prefix ? -1 : 1 }
        return name.compareRest(with: entry.node.name)
    }
}
