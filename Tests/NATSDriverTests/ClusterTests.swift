import Glibc
import NATSDriver
import NestKVStorage
import Synchronization
import TestSupport
import Testing

@Suite("On a cluster of three servers, the NATS driver", .timeLimit(.minutes(4)), .serialized)
struct ClusterTests {
    @Test func `loses nothing, sees its own writes, and counts exactly, while servers are killed and stopped`()
        async throws
    {
        let cluster = try await NATSCluster.start()
        let address = cluster.address + "?replicas=3&history=64"
        try await eventually("a bucket can be created") {
            guard let driver = try? await open(address) else { return false }
            let record = try? await driver.write("ep/start") { _ in "0" }
            await driver.shutdown()
            return record != nil
        }
        let drivers = [try await open(address), try await open(address)]
        let start = try #require(try await drivers[0].node(key("ep/start"), .leaf).latest)
        let isOver = Flag()
        let followers = drivers.map { driver in
            Task { try await follow(driver, after: start.revision, until: "ep/end") }
        }
        let work = Task {
            await withTaskGroup(of: Work.self) { group in
                for worker in 0..<16 {
                    group.addTask {
                        var work = Work()
                        let name = worker % 4 == 0 ? "count" : "\(worker)"
                        // So seldom that no process is away for longer than the bucket keeps a leaf's changes.
                        for number in 0... {
                            if isOver.isSet { break }
                            await work.step("ep/\(name)/\((number + worker) % 16)", on: drivers[worker % 2])
                            try? await Task.sleep(for: .milliseconds(50))
                        }
                        return work
                    }
                }
                return await group.reduce(into: []) { $0.append($1) }
            }
        }
        try await disturb(cluster, drivers[0])
        isOver.set()
        let works = await work.value
        for fault in works.flatMap(\.faults) { Issue.record("\(fault)") }
        let written = works.map { $0.acknowledged.values.map(\.count).reduce(0, +) }
        #expect(written.allSatisfy { $0 > 20 }, "too little was written: \(written)")
        try await eventually("writes work again") { (try? await drivers[0].write("ep/end") { _ in "0" }) != nil }
        let seen = try await followers[0].value
        #expect(seen.map(\.revision) == Array((start.revision + 1)...(seen.last?.revision ?? 0)), "a gap or a repeat")
        #expect(try await followers[1].value.map(\.revision) == seen.map(\.revision))
        for path in Set(works.flatMap(\.acknowledged.keys)) {
            // Each value of a leaf is one more than the value before, whoever wrote it.
            let values = seen.filter { $0.record.key == key(path) }.map(\.record.value.description)
            #expect(values == (1...values.count).map { "\($0)" }, "\(path)")
            let acknowledged = works.flatMap { $0.acknowledged[path] ?? [] }
            #expect(Set(acknowledged).count == acknowledged.count && acknowledged.allSatisfy { $0 <= values.count })
            let unknown = works.map { $0.unknown[path] ?? 0 }.reduce(0, +)
            #expect(values.count <= acknowledged.count + unknown, "\(path): more was written than requested")
            for driver in drivers { #expect(try await driver.value(path) == "\(values.count)") }
        }
        for driver in drivers { await driver.shutdown() }
        try await cluster.stop()
    }

    @Test func `notices at once that records expired by age, even its own`() async throws {
        let cluster = try await NATSCluster.start()
        try await eventually("a bucket can be created") {
            guard let driver = try? await open(cluster.address + "?replicas=3&ttl=2s") else { return false }
            defer { Task { await driver.shutdown() } }
            return (try? await driver.write("age/start") { _ in "0" }) != nil
        }
        let driver = try await open(cluster.address)
        for round in 0..<2 {
            for path in ["age/a", "age/b/c"] { try await driver.write(path) { _ in "\(round)" } }
            #expect(try await driver.node(key("age"), .everything).below.count >= 2)
            try await Task.sleep(for: .seconds(3))
            #expect(try await driver.value("age/a") == nil)
            #expect(try await driver.node(key("age/b/c"), .everything).latest == nil)
            #expect(try await driver.node(key("age"), .everything).below.isEmpty)
        }
        await driver.shutdown()
        try await cluster.stop()
    }

    private func disturb(_ cluster: NATSCluster, _ driver: any Driver) async throws {
        func pause() async throws {
            try await Task.sleep(for: .milliseconds(700))
            // Without a leader nothing can be written for some seconds.
            try await eventually("writes work again") { (try? await driver.write("ep/pause") { _ in "0" }) != nil }
        }
        try await pause()
        let leader = try await cluster.leader(of: "ep")
        try await cluster.kill(leader)
        try await pause()
        try await cluster.start(leader)
        try await pause()
        let follower = (try await cluster.leader(of: "ep") + 1) % 3
        try await cluster.kill(follower)
        try await pause()
        try await cluster.start(follower)
        try await pause()
        let stopped = try await cluster.leader(of: "ep")
        cluster.signal(stopped, SIGSTOP)
        try await Task.sleep(for: .seconds(4))
        cluster.signal(stopped, SIGCONT)
        try await pause()
    }
}

/// One writer's increments.
private struct Work: Sendable {
    /// The acknowledged values, by leaf.
    var acknowledged: [String: [Int]] = [:]
    /// The number of writes without an answer, by leaf.
    var unknown: [String: Int] = [:]
    var faults: [String] = []

    /// Adds one to a leaf, unless another writer changes it meanwhile.
    mutating func step(_ path: String, on driver: any Driver) async {
        do {
            let node = try await driver.node(key(path), .leaf)
            let value = Int(node.leaf?.value.description ?? "0") ?? -1
            let mine = acknowledged[path]?.last ?? 0
            if value < mine { faults.append("\(path): \(value) was read after \(mine) was written") }
            let draft = Draft(
                key: key(path), value: .integer(value + 1), dataHash: CanonicalHashing().hash(of: .integer(value + 1)),
                time: .now)
            _ = try await driver.commit(
                Transaction(expectations: [], changes: [.set(draft, replacing: node.leaf)], readAt: node.revision))
            acknowledged[path, default: []].append(value + 1)
        } catch {
            switch error.kind {
            case .unknown: unknown[path, default: 0] += 1
            case .conflict, .unavailable: return
            default: faults.append("\(path): \(error)")
            }
        }
    }
}
