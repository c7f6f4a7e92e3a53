import NestKVStorage

/// Finds the positions of keys in a list, by the key itself and by its ancestors.
struct Places {
    private var exact: [Key: Int] = [:]
    private(set) var below: [Key: [Int]] = [:]

    init(_ keys: [Key]) {
        for (place, key) in keys.enumerated() { add(key, place) }
    }

    subscript(_ key: Key) -> Int? { exact[key] }

    mutating func add(_ key: Key, _ place: Int) {
        exact[key] = place
        for ancestor in key.ancestors { below[ancestor, default: []].append(place) }
    }

    /// The positions of the keys at, above and below a key.
    func related(to key: Key) -> [Int] {
        ([key] + key.ancestors).compactMap { exact[$0] } + (below[key] ?? [])
    }
}

extension Key {
    /// Whether one of the two keys equals the other or is its ancestor.
    func isRelated(to other: Key) -> Bool {
        contains(other) || other.contains(self)
    }
}
