import MicroJSON
import NestKVStorage

/// A driver under test, the test's part of its store, and short names for the tests' operations.
public struct Subject: Sendable {
    /// The driver.
    public let driver: any Driver
    /// The key below which the test keeps everything. It is empty at first.
    public let root: Key
    /// Shuts the driver down and opens the same store again; nil if this store ends with its process.
    public let reopen: (@Sendable () async throws -> any Driver)?

    /// A subject from its parts.
    public init(driver: any Driver, root: Key = Key(["test".utf8]), reopen: (@Sendable () async throws -> any Driver)?)
    {
        self.driver = driver
        self.root = root
        self.reopen = reopen
    }

    /// The key of a path below the root: `key("a", "b c")`.
    func key(_ segments: String...) -> Key {
        segments.reduce(root) { $0.appending($1.utf8) }
    }

    /// The records at, above and below a path, with very high limits.
    func node(_ key: Key) async throws -> NodeRecords {
        try await driver.node(key, .everything)
    }

    /// The feed that contains the test's changes.
    var feed: Feed {
        driver.capabilities.revisionScope == .store ? .store : Feed(entryPoint: root.segments.first.map(Array.init))
    }

    /// The text of a leaf; nil if it doesn't exist.
    func value(_ key: Key) async throws -> String? {
        try await driver.node(key, .leaf).leaf?.value.description
    }

    /// The store's revision.
    func revision() async throws -> Revision {
        try await driver.node(root, .leaf).revision
    }

    /// Sets leaves, or deletes those with nil, whatever they hold: in one commit if the store can, otherwise one by
    /// one.
    @discardableResult
    func write(_ values: [(Key, String?)]) async throws -> Receipt {
        guard values.count == 1 || driver.capabilities.isAtomic else {
            var receipts: [Receipt] = []
            for value in values { receipts.append(try await write([value])) }
            return Receipt(
                records: receipts.flatMap(\.records), revision: receipts.last?.revision ?? 0,
                durability: driver.capabilities.durability)
        }
        let readAt = try await revision()
        var changes: [Mutation] = []
        for (key, value) in values {
            let leaf = try await driver.node(key, .leaf).leaf
            changes.append(try .change(key, value, replacing: leaf))
        }
        return try await driver.commit(Transaction(expectations: [], changes: changes, readAt: readAt))
    }

    /// Sets a leaf, whatever it holds.
    @discardableResult
    func set(_ key: Key, _ value: String) async throws -> Record {
        try await write([(key, value)]).records[0]
    }

    /// Deletes an existing leaf.
    @discardableResult
    func delete(_ key: Key) async throws -> Record {
        try await write([(key, nil)]).records[0]
    }

    /// Commits, and expects that the commit is refused as a conflict and changes nothing.
    func expectConflict(
        _ transaction: Transaction, _ message: String, file: StaticString = #fileID, line: UInt = #line
    ) async throws {
        let before = try await revision()
        do {
            _ = try await driver.commit(transaction)
        } catch {
            guard error.kind == .conflict else { throw error }
            try expectEqual(try await revision(), before, "\(message): refused, but", file: file, line: line)
            return
        }
        throw BrokenPromise(description: "\(file):\(line): \(message): was not refused")
    }

    /// Makes a commit at once, which must be refused.
    func expectConflictAtOnce(
        _ transaction: Transaction, _ message: String, file: StaticString = #fileID, line: UInt = #line
    ) throws {
        do {
            _ = try driver.commitAtOnce(transaction)
        } catch {
            guard error.kind == .conflict else { throw error }
            return
        }
        throw BrokenPromise(description: "\(file):\(line): \(message): was not refused")
    }
}

extension Reach {
    /// Larger than any test needs.
    public static let everything = Reach(ancestors: true, leavesBelow: 1_000_000, bytesBelow: 1 << 30)
}

extension Mutation {
    /// The change that sets a leaf, or with nil deletes it.
    static func change(_ key: Key, _ value: String?, replacing: Record?) throws -> Mutation {
        let draft = Draft(
            key: key, value: value.map { JSONText(trusted: Array($0.utf8)) }, dataHash: .test, time: .now)
        guard value == nil else { return .set(draft, replacing: replacing) }
        guard let replacing else { throw BrokenPromise(description: "there is nothing to delete at \(key)") }
        return .delete(draft, replacing: replacing)
    }
}

extension DataHash {
    /// A hash that no value has.
    static let test = [UInt8](0..<32).withUnsafeBytes { DataHash(bytes: $0) }
}

extension Record {
    /// The content of a record. Two reads of one record must agree on it.
    var identity: String {
        "\(String(decoding: key.bytes, as: UTF8.self)) \(isDeleted ? "deleted" : value.description) "
            + "v\(version) r\(revision) "
            + "\(createdAt.milliseconds) \(updatedAt.milliseconds) \(expiresAt?.milliseconds ?? -1) "
            + (dataHash == .test ? "" : "\(dataHash)") + (attribution.isEmpty ? "" : "\(attribution)")
    }
}
