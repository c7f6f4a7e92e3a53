import NestKVCore
import NestKVStorage

extension Store {
    /// The paths that match a pattern: its own path, or with wildcards each path that exists.
    ///
    /// - Throws: ``StoreError`` `.subtreeTooLarge` if there are more than `limit`.
    public func paths(matching pattern: Pattern, limit: Int) async throws(StoreError) -> [Key] {
        var keys: [Key] = [.root]
        // The pattern for everything means each entry point, because a store is not one value.
        for segment in pattern.segments.isEmpty ? [.any] : pattern.segments {
            var next: [Key] = []
            for key in keys {
                switch segment {
                case .name(let name): next.append(key.appending(name))
                case .any:
                    let names = try await names(below: key, after: nil, limit: limit + 1)
                    next += names.map { key.appending($0) }
                }
                guard next.count <= limit else {
                    throw StoreError(
                        .subtreeTooLarge,
                        "More than \(limit) paths match the wildcards; follow fewer paths, or leave out the snapshot.",
                        limit: limit)
                }
            }
            keys = next
        }
        return keys
    }
}
