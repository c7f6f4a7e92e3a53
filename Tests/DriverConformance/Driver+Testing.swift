import MicroJSON
import NestKVStorage

extension Driver {
    /// Sets a leaf, whatever it holds.
    @discardableResult
    public func put(_ path: [String], _ value: String) async throws -> Receipt {
        let key = Key(path.map(\.utf8))
        let node = try await node(key, .leaf)
        let change = Mutation.set(.test(key, value), replacing: node.leaf)
        return try await commit(Transaction(expectations: [], changes: [change], readAt: node.revision))
    }

    /// Deletes an existing leaf.
    public func remove(_ path: [String]) async throws {
        let key = Key(path.map(\.utf8))
        let node = try await node(key, .leaf)
        guard let leaf = node.leaf else { return }
        let change = Mutation.delete(.test(key, nil), replacing: leaf)
        _ = try await commit(Transaction(expectations: [], changes: [change], readAt: node.revision))
    }
}

extension Draft {
    /// A draft with a hash that no value has.
    public static func test(_ key: Key, _ value: String?) -> Draft {
        let hash = [UInt8](repeating: 7, count: 32).withUnsafeBytes { DataHash(bytes: $0) }
        return Draft(key: key, value: value.map { JSONText(trusted: Array($0.utf8)) }, dataHash: hash, time: .now)
    }
}
