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
        try await DriverFactory.redis.open(StoreURL(address + "/0" + query), options)
    }
}

/// Runs a body with a new server and a driver on it.
func withDriver(
    _ query: String = "", _ options: DriverOptions = .conformance,
    _ body: (RedisServer, any Driver) async throws -> Void
) async throws {
    let server = try await RedisServer.start()
    try await DriverFactory.redis.withDriver(at: server.address + "/0" + query, options) { driver in
        try await body(server, driver)
    }
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
