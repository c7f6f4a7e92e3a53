import FoundationEssentials
import Glibc
import Logging
import MicroJSON
import NestKVStorage
import RocksDBDriver
import TestSupport
import Testing

/// `kill -9` under writers, again and again in one folder: what was acknowledged is there, and nothing is half-written.
@Suite(.timeLimit(.minutes(10 * TestLength.factor)))
struct CrashTests {
    /// How many times the process is killed.
    private static let rounds = TestLength.times(20)
    private static let writers = 8

    /// What a writer knows of its own leaf and of its own group of leaves.
    private struct Progress {
        /// The numbers last acknowledged.
        var leaf = 0, group = 0
        /// The numbers last sent: they may or may not be there.
        var sentLeaf = 0, sentGroup = 0
    }

    @Test(.enabled(if: StoreKind.tested.contains(.rocksdb)))
    func `every acknowledged write survives, whole`() async throws {
        let place = try await StoreKind.rocksdb.place()
        try await Self.run(place.address, ballast: nil)
        withExtendedLifetime(place) {}
    }

    /// The disk fills up while they write, so that some are acknowledged and others refused when the kill comes.
    @Test(.enabled(if: StoreKind.tested.contains(.rocksdb) && SmallDisk.isPossible))
    func `every acknowledged write survives, whole, on a full disk`() async throws {
        try await SmallDisk.with(mebibytes: 128) { disk in
            try await Self.run("rocksdb:\(disk)/store", ballast: Ballast(disk: disk))
        }
    }

    private static func run(_ address: String, ballast: Ballast?) async throws {
        var progress = [Progress](repeating: Progress(), count: writers)
        for round in 1...rounds {
            let service = try await ServiceProcess.start(store: address)
            progress = try await checked(progress, service.client(), "before round \(round)")
            let (port, counts) = (service.port, (acknowledged: Counter(), refused: Counter()))
            try ballast?.fill(leaving: (round % 8 + 1) * (48 << 10))
            progress = try await withThrowingTaskGroup(of: (Int, Progress).self) { group in
                for index in 0..<writers {
                    let start = progress[index]
                    group.addTask {
                        (index, try await onThread { write(index, start, port, counts.acknowledged, counts.refused) })
                    }
                }
                // Enough writes that the kill comes in the midst of them.
                let count = 40 + round % 25 * 10
                try await onThread {
                    for _ in 0..<20_000 where counts.acknowledged.value + counts.refused.value < count { usleep(500) }
                    service.signal(SIGKILL)
                }
                var all = progress
                for try await (index, made) in group { all[index] = made }
                return all
            }
            #expect(counts.acknowledged.value + counts.refused.value >= 40, "round \(round) wrote next to nothing")
            ballast?.acknowledged.increase(by: counts.acknowledged.value)
            ballast?.refused.increase(by: counts.refused.value)
            #expect(try await service.stop(0) == .signal(SIGKILL))
            try ballast?.remove()
            try await checkFeed(address, "after round \(round)")
        }
        let service = try await ServiceProcess.start(store: address)
        _ = try await checked(progress, service.client(), "at the end")
        #expect(try await service.stop() == .exit(0))
        guard let ballast else { return }
        let (acknowledged, refused) = (ballast.acknowledged.value, ballast.refused.value)
        #expect(acknowledged > rounds && refused > rounds, "\(acknowledged) acknowledged, \(refused) refused")
    }

    /// Writes until the connection breaks: a leaf of its own, and a group of leaves that must change together.
    private static func write(
        _ index: Int, _ start: Progress, _ port: Int, _ acknowledged: Counter, _ refused: Counter
    ) -> Progress {
        var progress = start
        guard let connection = try? Connection(port: port) else { return progress }
        /// Whether the write was acknowledged or refused; nil if the connection broke.
        func put(_ path: String, _ value: String) -> Bool? {
            let request = HTTPRequest("PUT", "/crash/w\(index)/\(path)", body: Array(value.utf8))
            guard let reply = try? connection.send(request), reply.status < 300 || reply.status == 507 else {
                return nil
            }
            (reply.status < 300 ? acknowledged : refused).increase()
            return reply.status < 300
        }
        while true {
            progress.sentLeaf = progress.leaf + 1
            guard let isMade = put("leaf", "\(progress.sentLeaf)") else { return progress }
            // A refused write is not there.
            if isMade { progress.leaf += 1 } else { progress.sentLeaf -= 1 }
            progress.sentGroup = progress.group + 1
            let number = progress.sentGroup
            let members = (0..<10).map { #""l\#($0)":\#(number)"# } + [#""only\#(number % 2)":\#(number)"#]
            guard let isMade = put("group?flatten", "{\(members.joined(separator: ","))}") else { return progress }
            if isMade { progress.group += 1 } else { progress.sentGroup -= 1 }
        }
    }

    /// Opens the store that the killed process left: the feed has every change once, in order, and its last change of
    /// each leaf is what is stored.
    private static func checkFeed(_ address: String, _ when: String) async throws {
        let driver = try await DriverFactory.rocksdb.open(
            StoreURL(address), DriverOptions(logger: Logger(label: "crash test")))
        var latest: [Key: Record] = [:]
        var page = try await driver.changes(in: .store, after: 0, limit: 1000)
        // In a long run the feed is complete after a later revision only.
        var revision = page.oldest
        while !page.changes.isEmpty {
            for change in page.changes {
                #expect(change.revision == revision + 1, "\(when): the feed has a gap or a double")
                revision = change.revision
                latest[change.record.key] = change.record
            }
            page = try await driver.changes(in: .store, after: revision, limit: 1000)
        }
        #expect(revision == page.current, "\(when): the feed ends before the store's revision")
        for (key, record) in latest {
            let stored = try await driver.revisions(of: key, limit: 1).first
            #expect(stored?.revision == record.revision && stored?.value == record.value, "\(when): \(key)")
        }
        let leaves = try await driver.scan(Key([Array("crash".utf8)]), after: nil, limit: 10_000).records
        let live = latest.values.count(where: { !$0.isDeleted })
        #expect(leaves.count == live, "\(when): there are leaves that the feed doesn't know")
        await driver.shutdown()
    }

    /// Compares what is stored with what is known, and returns what is known afterwards.
    private static func checked(
        _ progress: [Progress], _ client: HTTPClient, _ when: String
    ) async throws -> [Progress] {
        var checked = progress
        for (index, known) in progress.enumerated() where known.sentLeaf > 0 {
            let path = "/crash/w\(index)"
            let leaf = try await client.send("GET", "\(path)/leaf")
            let value = Int(leaf.text) ?? 0
            checked[index].leaf = value
            #expect(
                value == known.leaf || value == known.sentLeaf,
                "\(when), writer \(index): leaf \(leaf.text), not \(known)")
            try await checkHistory(client, "\(path)/leaf", value, leaf["Nestkv-Version"], when)

            let group = try await client.send("GET", "\(path)/group")
            guard known.group > 0 || group.status == 200, case .object(let members) = try group.json() else { continue }
            let number = members["l0"].flatMap { Int($0.text.description) } ?? -1
            checked[index].group = number
            #expect(
                number == known.group || number == known.sentGroup,
                "\(when), writer \(index): group \(number), not \(known)")
            #expect(members.count == 11, "\(when), writer \(index): a group in halves: \(group.text)")
            for member in members {
                #expect(member.value == .integer(number), "\(when), writer \(index): a group in halves: \(group.text)")
            }
            #expect(members["only\(number % 2)"] != nil)
        }
        return checked
    }

    /// The history agrees with the value: consecutive versions, the newest one the current one, each readable.
    private static func checkHistory(
        _ client: HTTPClient, _ path: String, _ value: Int, _ version: String?, _ when: String
    ) async throws {
        guard value > 0 else { return }
        guard case .array(let revisions) = try await client.send("GET", "\(path)?history").json() else {
            Issue.record("\(when): \(path) has no history")
            return
        }
        let numbers = revisions.map { $0.value(at: [Array("version".utf8)])?.text.description ?? "" }
        #expect(
            numbers.first == version, "\(when): \(path) is in version \(version ?? "none"), its history in \(numbers)")
        let newest = version.flatMap { Int($0) } ?? 0
        #expect(numbers == (0..<numbers.count).map { "\(newest - $0)" }, "\(when): \(path) has gaps: \(numbers)")
        #expect(revisions.first?.value(at: [Array("value".utf8)]) == .integer(value))
        let values = revisions.compactMap { $0.value(at: [Array("value".utf8)]).flatMap { Int($0.text.description) } }
        #expect(values == values.sorted(by: >), "\(when): \(path) goes back: \(values)")
        if newest > 1 {
            let before = try await client.send("GET", "\(path)?version=\(newest - 1)")
            #expect(before.text == values.dropFirst().first.map { "\($0)" }, "\(when): \(path) version \(newest - 1)")
        }
    }
}

/// A file that takes the room on a small disk.
private struct Ballast {
    let disk: String
    /// What became of all writes beside it.
    let acknowledged = Counter(), refused = Counter()

    private var path: String { "\(disk)/ballast" }

    /// Leaves the service so many bytes before it refuses writes: it keeps 4 MiB and the size of its log in reserve.
    func fill(leaving bytes: Int) throws {
        var status = statvfs()
        guard statvfs(disk, &status) == 0 else { throw TestFailure("there is no disk \(disk)") }
        let log = try FileManager.default.contentsOfDirectory(atPath: "\(disk)/store").filter { $0.hasSuffix(".log") }
            .reduce(0) { $0 + (try contents(ofFile: "\(disk)/store/\($1)").count) }
        let room = Int(status.f_bavail) * Int(status.f_frsize) - log - (4 << 20) - bytes
        try Data(count: max(room, 0)).write(to: URL(filePath: path))
    }

    func remove() throws { try FileManager.default.removeItem(atPath: path) }
}
