import DriverConformance
import Logging
import MicroJSON
import NestKVStorage
import RedisDriver
import TestSupport
import Testing

extension RedisServer {
    /// Opens the store in database 0.
    func open(_ query: String = "", _ options: DriverOptions = .conformance) async throws -> any Driver {
        try await DriverFactory.redis.open(StoreURL("redis://127.0.0.1:\(port)/0\(query)"), options)
    }
}

/// Runs a body with a new server and a driver on it.
func withDriver(
    _ query: String = "", _ options: DriverOptions = .conformance,
    _ body: (RedisServer, any Driver) async throws -> Void
) async throws {
    let server = try await RedisServer.start()
    let driver = try await server.open(query, options)
    do {
        try await body(server, driver)
    } catch {
        await driver.shutdown()
        throw error
    }
    await driver.shutdown()
}

extension Driver {
    /// The texts at and below a path, by path.
    func texts(_ path: String...) async throws -> [String: String] {
        let node = try await node(
            Key(path.map(\.utf8)), Reach(ancestors: true, leavesBelow: 100_000, bytesBelow: 1 << 28))
        var texts: [String: String] = [:]
        for record in node.below + [node.leaf].compactMap({ $0 }) { texts["\(record.key)"] = "\(record.value)" }
        return texts
    }

    /// The leaf at a path.
    func leaf(_ path: String...) async throws -> Record? {
        try await node(Key(path.map(\.utf8)), .leaf).leaf
    }

    /// Sets a leaf, whatever it holds. Repeats the write while other writers come first.
    @discardableResult
    func put(_ path: [String], _ value: String) async throws -> Receipt {
        let key = Key(path.map(\.utf8))
        while true {
            let node = try await node(key, .leaf)
            let change = Mutation.set(.test(key, value), replacing: node.leaf)
            do {
                return try await commit(Transaction(expectations: [], changes: [change], readAt: node.revision))
            } catch {
                guard error.kind == .conflict else { throw error }
                await Task.yield()
            }
        }
    }

    /// The whole feed.
    func feed() async throws -> [String] {
        try await changes(in: .store, after: 0, limit: 100_000).changes.map { change in
            let record = change.record
            return "\(change.revision) \(change.operation) \(record.key) \(record.value) v\(record.version)"
        }
    }
}

extension Draft {
    /// A draft with a hash that no value has.
    static func test(_ key: Key, _ value: String?) -> Draft {
        let hash = [UInt8](repeating: 7, count: 32).withUnsafeBytes { DataHash(bytes: $0) }
        return Draft(key: key, value: value.map { JSONText(trusted: Array($0.utf8)) }, dataHash: hash, time: .now)
    }
}
