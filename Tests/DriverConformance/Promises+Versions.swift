import MicroJSON
import NestKVStorage

extension Promise {
    static let versions: [Promise] = [
        Promise("versions count 1, 2, 3, … over deletion and re-creation") { subject in
            let key = subject.key("v")
            var records: [Record] = []
            for value in ["1", "1", nil, "2", nil, "3", "4"] {
                records.append(try await subject.write([(key, value)]).records[0])
            }
            try expectEqual(records.map(\.version), [1, 2, 3, 4, 5, 6, 7])
            try expectEqual(records.map(\.isDeleted), [false, false, true, false, true, false, false])
            try expect(
                zip(records, records.dropFirst()).allSatisfy { $0.revision < $1.revision }, "revisions don't rise")
        },
        Promise("a leaf keeps its 'createdAt' until it is deleted") { subject in
            let key = subject.key("born")
            func write(_ value: String?, at time: Int64) async throws -> Record {
                let node = try await subject.driver.node(key, .leaf)
                var change = try Mutation.change(key, value, replacing: node.leaf)
                let draft = Draft(
                    key: key, value: change.draft.value, dataHash: .test, time: Timestamp(milliseconds: time))
                change = value == nil ? .delete(draft, replacing: node.leaf!) : .set(draft, replacing: node.leaf)
                return try await subject.driver.commit(
                    Transaction(expectations: [], changes: [change], readAt: node.revision)
                ).records[0]
            }
            try expectEqual(try await write("1", at: 1000).createdAt.milliseconds, 1000)
            try expectEqual(try await write("2", at: 2000).createdAt.milliseconds, 1000)
            try expectEqual(try await write(nil, at: 3000).createdAt.milliseconds, 1000)
            try expectEqual(try await write("3", at: 4000).createdAt.milliseconds, 4000)
            try expectEqual(try await subject.driver.node(key, .leaf).leaf?.createdAt.milliseconds, 4000)
        },
        // A wall clock is set back by a minute, or the clock of another process is behind. Its changes still get later
        // times. Otherwise 'updatedAt' would be before 'createdAt', and a date would say that nothing changed since.
        Promise("a leaf's times never go back, over deletion and re-creation") { subject in
            let key = subject.key("clock")
            var records: [Record] = []
            for (value, time) in [("1", 9000), ("2", 5000), (nil, 4000), ("3", 3000), ("4", 9500), (nil, 9100)] {
                let node = try await subject.driver.node(key, .leaf)
                let draft = Draft(
                    key: key, value: try value.map { try JSONText(parsing: Array($0.utf8)) }, dataHash: .test,
                    time: Timestamp(milliseconds: Int64(time)))
                let change: Mutation =
                    value == nil ? .delete(draft, replacing: node.leaf!) : .set(draft, replacing: node.leaf)
                let transaction = Transaction(expectations: [], changes: [change], readAt: node.revision)
                records.append(try await subject.driver.commit(transaction).records[0])
            }
            try expectEqual(records.map(\.updatedAt.milliseconds), [9000, 9000, 9000, 9000, 9500, 9500])
            try expectEqual(records.map(\.createdAt.milliseconds), [9000, 9000, 9000, 9000, 9000, 9000])
            let stored = try await subject.driver.revisions(of: key, limit: 6)
            try expectEqual(
                stored.map(\.updatedAt.milliseconds),
                Array([9500, 9500, 9000, 9000, 9000, 9000].prefix(subject.driver.capabilities.historyDepth + 1)))
        },
    ]

    static let history: [Promise] = [
        Promise("a leaf's history is its records, newest first, deletions included") { subject in
            let key = subject.key("h", "x")
            var written: [String] = []
            for value in ["1", "2", nil, "4", "5", nil] {
                written.insert(try await subject.write([(key, value)]).records[0].identity, at: 0)
            }
            try await subject.set(subject.key("h", "x", "below"), "0")
            try await subject.set(subject.key("h", "xx"), "0")
            try expectEqual(try await subject.driver.revisions(of: key, limit: 100).map(\.identity), written)
            try expectEqual(
                try await subject.driver.revisions(of: key, limit: 2).map(\.identity), Array(written.prefix(2)))
            try expectEqual(try await subject.driver.revisions(of: key, limit: 0).count, 0)
            for version in 1...6 {
                let record = try await subject.driver.version(UInt64(version), of: key)
                try expectEqual(record?.identity, written[6 - version], "version \(version)")
            }
            try expect(try await subject.driver.version(7, of: key) == nil, "a version that doesn't exist yet")
            try expect(try await subject.driver.version(0, of: key) == nil, "version 0")
        },
        Promise("history is bounded", options: .conformance(historyDepth: 3)) { subject in
            let depth = subject.driver.capabilities.historyDepth
            let key = subject.key("deep")
            for index in 1...(depth + 10) { try await subject.set(key, "\(index)") }
            let records = try await subject.driver.revisions(of: key, limit: 10_000)
            let newest = UInt64(depth + 10)
            try expectEqual(records.map(\.version), (newest - UInt64(depth)...newest).reversed())
            try expect(try await subject.driver.version(newest - UInt64(depth), of: key) != nil, "the oldest kept")
            try expect(try await subject.driver.version(newest - UInt64(depth) - 1, of: key) == nil, "one too many")
        },
        Promise("a store without history keeps only the latest record", options: .conformance(historyDepth: 0)) {
            subject in
            guard subject.driver.capabilities.historyDepth == 0 else { return }
            let key = subject.key("shallow")
            for value in ["1", nil, "3"] { try await subject.write([(key, value)]) }
            try expectEqual(try await subject.driver.revisions(of: key, limit: 10).map(\.version), [3])
        },
    ]
}
