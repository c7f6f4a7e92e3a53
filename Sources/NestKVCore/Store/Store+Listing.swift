/// Which keys a list holds.
public struct KeyQuery: Sendable {
    /// The most keys of a page, and as many as it has unless fewer are asked for.
    public static let mostKeys = 1000
    /// The most leaves that are looked at for a page.
    public static let mostExamined = 10_000
    /// A page of leaves with more bytes of values than this ends early.
    public static let mostBytes = 4 << 20

    /// What the keys must match, as seen from the path; nil: all.
    public var pattern: Glob?
    /// Tags that the leaves must carry, all of them.
    public var tags: [String]

    /// A query from its parts.
    public init(pattern: Glob? = nil, tags: [String] = []) {
        self.pattern = pattern
        self.tags = tags
    }
}

/// A page of a list in key order: of keys or of whole leaves.
public struct ListPage<Element: Sendable>: Sendable {
    /// What it holds of each leaf.
    public let elements: [Element]
    /// Where the next page begins, behind this key; nil when this is the last one.
    public let next: Key?
}

extension Store {
    /// A page of the keys of the leaves at and below a path, from after `after` on.
    ///
    /// It is short, or even empty, when ``KeyQuery/mostExamined`` leaves were looked at and there are more.
    public func keys(
        _ key: Key, _ query: KeyQuery, after: Key?, limit: Int
    ) async throws(StoreError) -> ListPage<Key> {
        try await page(key, query, after: after, limit: limit) { (record: Record) in (record.key, 0) }
    }

    /// A page of the leaves themselves. It is short, too, when their values have more than ``KeyQuery/mostBytes``.
    public func leaves(
        _ key: Key, _ query: KeyQuery, after: Key?, limit: Int
    ) async throws(StoreError) -> ListPage<Record> {
        try await page(key, query, after: after, limit: limit) { (record: Record) in (record, record.value.utf8.count) }
    }

    private func page<Element: Sendable>(
        _ key: Key, _ query: KeyQuery, after: Key?, limit: Int, _ element: (Record) -> (Element, bytes: Int)
    ) async throws(StoreError) -> ListPage<Element> {
        var walk = query.walk(self, key, after: after, expected: limit)
        var elements: [Element] = []
        var bytes = 0
        while elements.count < limit, bytes < KeyQuery.mostBytes, walk.examined < KeyQuery.mostExamined {
            guard let record = try await walk.next(), !query.isBehind(record.key, key) else {
                return ListPage(elements: elements, next: nil)
            }
            guard query.matches(record, key) else { continue }
            let (found, size) = element(record)
            elements.append(found)
            bytes += size
        }
        return ListPage(elements: elements, next: walk.isAtEnd ? nil : walk.position)
    }

    /// The number of leaves at and below a path. It costs by the leaves there.
    public func keyCount(_ key: Key, _ query: KeyQuery) async throws(StoreError) -> Int {
        var walk = query.walk(self, key, after: nil, expected: .max)
        var count = 0
        while let record = try await walk.next(), !query.isBehind(record.key, key) {
            if query.matches(record, key) { count += 1 }
        }
        return count
    }
}

extension KeyQuery {
    /// A walk that begins where the pattern's fixed beginning does.
    fileprivate func walk(_ store: any Store, _ key: Key, after: Key?, expected: Int) -> LeafWalk {
        let start = pattern.flatMap { Self.bound(before: $0.prefix, below: key) }
        let after = if let after, let start { max(after, start) } else { after ?? start }
        return LeafWalk(store, key, after: after, expected: expected)
    }

    /// A key that stands before all that begin with a prefix, and behind almost all others that do.
    private static func bound(before prefix: [UInt8], below key: Key) -> Key? {
        var scalars = String(decoding: prefix, as: UTF8.self).unicodeScalars
        guard let last = scalars.popLast(), last.value > 0x21, let before = Unicode.Scalar(last.value - 1) else {
            return nil
        }
        scalars.append(before)
        scalars.append("\u{10FFFF}")
        return key.appending(String(scalars).utf8)
    }

    /// Whether no key from this one on begins as the pattern does.
    fileprivate func isBehind(_ key: Key, _ root: Key) -> Bool {
        guard let prefix = pattern?.prefix, !prefix.isEmpty else { return false }
        let name = key.bytes[root.bytes.count...]
        return !name.starts(with: prefix) && prefix.lexicographicallyPrecedes(name)
    }

    fileprivate func matches(_ record: Record, _ root: Key) -> Bool {
        record.carries(tags) && (pattern?.matches(record.key.segments(below: root)) ?? true)
    }
}

extension Record {
    /// Whether the leaf carries all of these tags.
    func carries(_ tags: [String]) -> Bool {
        tags.allSatisfy { attribution.tags.contains($0) }
    }
}
