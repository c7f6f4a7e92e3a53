/// Where some keys stand in a list, by themselves and by what is above them.
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

    /// The places of the keys at, above and below a key.
    func related(to key: Key) -> [Int] {
        ([key] + key.ancestors).compactMap { exact[$0] } + (below[key] ?? [])
    }
}

extension Key {
    /// Whether one of the two stands at or above the other.
    func isRelated(to other: Key) -> Bool {
        contains(other) || other.contains(self)
    }
}
