import NestKVStorage

/// Selects the keys of a list.
public struct KeyQuery: Sendable {
    /// The most keys of a page, which is also the default.
    public static let mostKeys = 1000
    /// The most leaves that are examined for a page.
    public static let mostExamined = 10_000
    /// A page of leaves whose values have more bytes than this ends early.
    public static let mostBytes = 4 << 20

    /// The pattern that keys must match, relative to the path; nil for all keys.
    public var pattern: Glob?
    /// The tags that leaves must have, all of them.
    public var tags: [String]

    /// A query from its parts.
    public init(pattern: Glob? = nil, tags: [String] = []) {
        self.pattern = pattern
        self.tags = tags
    }
}

/// A page of a list of keys or of whole leaves, in key order.
public struct ListPage<Element: Sendable>: Sendable {
    /// The keys or leaves.
    public let elements: [Element]
    /// The next page begins after this key; nil for the last page.
    public let next: Key?
}

extension Store {
    /// A page of the keys of the leaves at and below a path, beginning after `after`.
    ///
    /// It is short or even empty if ``KeyQuery/mostExamined`` leaves were examined and more follow.
    public func keys(
        _ key: Key, _ query: KeyQuery, after: Key?, limit: Int
    ) async throws(StoreError) -> ListPage<Key> {
        try await page(key, query, after: after, limit: limit) { (record: Record) in (record.key, 0) }
    }

    /// A page of the leaves themselves. It is also short if their values have more than ``KeyQuery/mostBytes``.
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

    /// The number of leaves at and below a path. All of them are read.
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
    /// A walk that begins at the fixed prefix of the pattern.
    fileprivate func walk(_ store: any Store, _ key: Key, after: Key?, expected: Int) -> LeafWalk {
        let start = pattern.flatMap { Self.bound(before: $0.prefix, below: key) }
        let after = if let after, let start { max(after, start) } else { after ?? start }
        return LeafWalk(store, key, after: after, expected: expected)
    }

    /// A key that precedes all keys with a prefix and follows almost all keys that precede them.
    private static func bound(before prefix: [UInt8], below key: Key) -> Key? {
        var scalars = String(decoding: prefix, as: UTF8.self).unicodeScalars
        guard let last = scalars.popLast(), last.value > 0x21, let before = Unicode.Scalar(last.value - 1) else {
            return nil
        }
        scalars.append(before)
        scalars.append("\u{10FFFF}")
        return key.appending(String(scalars).utf8)
    }

    /// Whether neither this key nor any later one has the pattern's prefix.
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
    /// Whether the leaf has all of these tags.
    func carries(_ tags: [String]) -> Bool {
        tags.allSatisfy { attribution.tags.contains($0) }
    }
}
