import DriverConformance
import Foundation
import MicroJSON
import NestKVCore

extension Driver {
    /// Sets a leaf, whatever stands there.
    @discardableResult
    func put(_ path: [String], _ value: String) async throws -> Receipt {
        let key = Key(path.map(\.utf8))
        let node = try await node(key, .leaf)
        let change = Mutation.set(.test(key, value), replacing: node.leaf)
        return try await commit(Transaction(expectations: [], changes: [change], readAt: node.revision))
    }

    /// Deletes a leaf that is there.
    func remove(_ path: [String]) async throws {
        let key = Key(path.map(\.utf8))
        let node = try await node(key, .leaf)
        guard let leaf = node.leaf else { return }
        let change = Mutation.delete(.test(key, nil), replacing: leaf)
        _ = try await commit(Transaction(expectations: [], changes: [change], readAt: node.revision))
    }

    /// Sets leaves `test:fill:0000`, … with values that don't compress to nothing.
    func fill(_ count: Int, valueBytes: Int) async throws {
        for index in 0..<count {
            let name = String(repeating: "0", count: 4 - "\(index)".count) + "\(index)"
            let value = (0..<(valueBytes / 16)).map { _ in String(UInt64.random(in: .min ... .max), radix: 16) }
                .joined()
            try await put(["test", "fill", name], "\"\(value)\"")
        }
    }
}

extension Draft {
    /// A draft with a hash that is nobody's.
    static func test(_ key: Key, _ value: String?) -> Draft {
        let hash = [UInt8](repeating: 7, count: 32).withUnsafeBytes { DataHash(bytes: $0) }
        return Draft(key: key, value: value.map { JSONText(trusted: Array($0.utf8)) }, dataHash: hash, time: .now)
    }
}
