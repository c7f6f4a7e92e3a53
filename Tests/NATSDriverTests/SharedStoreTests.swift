import NATSDriver
import NestKVStorage
import TestSupport
import Testing

@Suite("Two processes on one NATS server", .timeLimit(.minutes(3)), .natsServers, .serialized)
struct SharedStoreTests {
    @Test(arguments: NATSServer.Version.allCases)
    func `count exactly, and see the same changes in the same order`(_ version: NATSServer.Version) async throws {
        let server = try NATSServers.server(version)
        // Without a service's locks all tasks conflict.
        let (tasks, rounds) = version == .newest ? (32, 40) : (32, 10)
        try await withNATS(server, query: "?history=64") { one in
            try await withNATS(server) { other in
                try await one.write("count/hot") { _ in "0" }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for task in 0..<(2 * tasks) {
                        group.addTask {
                            let driver = task % 2 == 0 ? one : other
                            for _ in 0..<rounds {
                                try await driver.write("count/hot") { "\(Int($0!.value.description)! + 1)" }
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                let total = 2 * tasks * rounds
                for driver in [one, other] {
                    let record = try #require(try await driver.node(key("count/hot"), .everything).leaf)
                    #expect(record.value.description == "\(total)")
                    #expect(record.version == UInt64(total) + 1)
                }
                let start = UInt64(total) + 1 - 60
                let changes = try await one.allChanges("count", after: start).map(\.revision)
                #expect(changes == Array((start + 1)...UInt64(total + 1)))
                #expect(try await other.allChanges("count", after: start).map(\.revision) == changes)
            }
        }
    }

    @Test func `never both write what each expects not to exist, however many messages are chained`() async throws {
        let server = try NATSServers.server(.newest)
        try await withNATS(server) { one in
            try await withNATS(server) { other in
                var written = 0
                for round in 0..<30 {
                    let parent = "skew/r\(round)"
                    let count = try await withThrowingTaskGroup(of: Int.self) { group in
                        for task in 0..<32 {
                            group.addTask {
                                // Every other task is alone at its place, and its message is part of a chain.
                                let place = task % 4 < 2 ? parent : "\(parent)-\(task)"
                                let isWritten = try await create(
                                    "\(place)/\(task)", below: place, on: task % 2 == 0 ? one : other)
                                return isWritten && place == parent ? 1 : 0
                            }
                        }
                        return try await group.reduce(0, +)
                    }
                    #expect(count <= 1, "round \(round)")
                    #expect(try await one.node(key(parent), .everything).below.count == count)
                    written += count
                }
                #expect(written > 0)
            }
        }
    }

    /// Creates a leaf on the condition that there is no leaf below a path; false if there is one, or another write came
    /// first.
    private func create(_ path: String, below place: String, on driver: any Driver) async throws -> Bool {
        let node = try await driver.node(key(place), .everything)
        guard node.below.isEmpty else { return false }
        let draft = Draft(
            key: key(path), value: .integer(1), dataHash: CanonicalHashing().hash(of: .integer(1)), time: .now)
        do {
            _ = try await driver.commit(
                Transaction(
                    expectations: [.below(key(place), [])], changes: [.set(draft, replacing: nil)],
                    readAt: node.revision))
            return true
        } catch {
            guard error.kind == .conflict else { throw error }
            return false
        }
    }

    @Test func `write whole subtrees and never mix them`() async throws {
        let server = try NATSServers.server(.newest)
        try await withNATS(server) { one in
            try await withNATS(server) { other in
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for task in 0..<8 {
                        group.addTask {
                            for round in 0..<25 {
                                try await replace("tree/t", "\(task * 100 + round)", on: task % 2 == 0 ? one : other)
                            }
                        }
                    }
                    try await group.waitForAll()
                }
                let values = try await one.node(key("tree/t"), .everything).below.map(\.value.description)
                #expect(values.count == 4 && Set(values).count == 1)
                #expect(try await other.node(key("tree/t"), .everything).below.map(\.version) == [200, 200, 200, 200])
            }
        }
    }

    /// Replaces four leaves on the condition that there are no other leaves beside them.
    private func replace(_ path: String, _ value: String, on driver: any Driver) async throws {
        while true {
            let node = try await driver.node(key(path), .everything)
            let values = Set(node.below.map(\.value.description))
            #expect(values.count <= 1, "mixed: \(values)")
            let changes = (0..<4).map { index in
                let leaf = key(path).appending("\(index)".utf8)
                return Mutation.set(
                    Draft(
                        key: leaf, value: .integer(Int(value)!), dataHash: CanonicalHashing().hash(of: .null),
                        time: .now),
                    replacing: node.below.first { $0.key == leaf })
            }
            do {
                _ = try await driver.commit(
                    Transaction(expectations: [.below(key(path), node.below)], changes: changes, readAt: node.revision))
                return
            } catch {
                guard error.kind == .conflict else { throw error }
                try await Task.sleep(for: .microseconds(Int.random(in: 0...500)))
            }
        }
    }

    @Test func `deliver each other's changes to waiting tasks, without losses and duplicates`() async throws {
        let server = try NATSServers.server(.newest)
        try await withNATS(server) { writer in
            try await withNATS(server) { reader in
                let first = try await writer.write("follow/0") { _ in "0" }
                let follower = Task {
                    var seen: [Revision] = []
                    let feed = Feed(entryPoint: Array("follow".utf8))
                    while seen.count < 2000 {
                        let cursor = seen.last ?? first.revision
                        let page = try await reader.changes(in: feed, after: cursor, limit: 100)
                        guard page.oldest <= cursor else { throw TestFailure("a gap at \(cursor)") }
                        seen += page.changes.map(\.revision)
                        if page.changes.isEmpty { try await reader.waitForChange(in: feed, after: cursor) }
                    }
                    return seen
                }
                try await withThrowingTaskGroup(of: Void.self) { group in
                    for task in 0..<20 {
                        group.addTask {
                            for round in 0..<100 { try await writer.write("follow/\(task)/x") { _ in "\(round)" } }
                        }
                    }
                    try await group.waitForAll()
                }
                let seen = try await follower.value
                #expect(seen == Array((first.revision + 1)...(first.revision + 2000)))
            }
        }
    }

    @Test func `tell a reader from before the kept changes to start from scratch`() async throws {
        let server = try NATSServers.server(.newest)
        try await withNATS(server, query: "?history=2") { one in
            for index in 0..<10 { try await one.write("gap/hot") { _ in "\(index)" } }
            try await one.write("gap/cold") { _ in "0" }
            // Another process knows only what the stream still holds: revisions 9 to 11.
            try await withNATS(server) { other in
                let feed = Feed(entryPoint: Array("gap".utf8))
                for after in [UInt64(0), 3, 7] {
                    let page = try await other.changes(in: feed, after: after, limit: 100)
                    #expect(page.oldest == 8 && page.changes.map(\.revision) == [9, 10, 11], "after \(after)")
                }
                let page = try await other.changes(in: feed, after: 8, limit: 100)
                #expect(page.oldest <= 8 && page.changes.map(\.revision) == [9, 10, 11])
                // A leaf in the middle of the stream loses its oldest record, which leaves a gap.
                for index in 0..<3 { try await one.write("gap/cold") { _ in "\(index)" } }
                let now = try await other.changes(in: feed, after: 9, limit: 100)
                #expect(now.current == 14 && now.changes.last?.revision == 14)
                #expect(
                    now.oldest <= 9 ? now.changes.first?.revision == 10 : now.changes.first?.revision == now.oldest + 1)
            }
        }
    }
}
