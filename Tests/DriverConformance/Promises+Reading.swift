import MicroJSON
import NestKVStorage

extension Promise {
    static let reading: [Promise] = [
        Promise("a write is read right after it") { subject in
            let key = subject.key("a", "b", "c")
            let written = try await subject.set(key, #"{"n":1}"#)
            let read = try await subject.driver.node(key, .leaf)
            try expectEqual(read.latest?.identity, written.identity)
            try expect(read.revision >= written.revision, "the read is older than the write")
        },
        Promise("what is read at once is what is read") { subject in
            try await subject.set(subject.key("a"), "1")
            try await subject.set(subject.key("a", "b"), "2")
            try await subject.set(subject.key("a", "b"), "3")
            for key in [subject.key("a"), subject.key("a", "b"), subject.key("a", "b", "c"), subject.key("x")] {
                for reach in [Reach.leaf, .everything] {
                    // A driver need not read at once.
                    guard let records = try subject.driver.nodeAtOnce(key, reach) else { continue }
                    let read = try await subject.driver.node(key, reach)
                    try expectEqual(records.latest?.identity, read.latest?.identity)
                    try expectEqual(records.ancestors.map(\.identity), read.ancestors.map(\.identity))
                    try expectEqual(records.below.map(\.identity), read.below.map(\.identity))
                    try expectEqual(records.revision, read.revision)
                }
            }
        },
        Promise("a record is returned with everything that was written") { subject in
            let key = subject.key("all")
            let draft = Draft(
                key: key, value: JSONText(trusted: Array(#"{"b":1.0,"a":12345678901234567890}"#.utf8)), dataHash: .test,
                time: Timestamp(milliseconds: 1_700_000_000_123), expiresAt: Timestamp(milliseconds: 4_000_000_000_000),
                attribution: Attribution(
                    modifiedBy: "alice", comment: "näh, 🙂", tags: ["prod", ""], schemaHash: "sha256:0"))
            let receipt = try await subject.driver.commit(
                Transaction(expectations: [], changes: [.set(draft, replacing: nil)], readAt: subject.revision()))
            for record in [receipt.records[0], try await subject.driver.node(key, .leaf).latest] {
                try expectEqual(record?.value, draft.value)
                try expectEqual(record?.dataHash, draft.dataHash)
                try expectEqual(record?.createdAt, draft.time)
                try expectEqual(record?.updatedAt, draft.time)
                try expectEqual(record?.expiresAt, draft.expiresAt)
                try expectEqual(record?.attribution, draft.attribution)
            }
        },
        Promise("a leaf that was never written is nil") { subject in
            try await subject.set(subject.key("a", "b"), "1")
            for key in [subject.key("x"), subject.key("a"), subject.key("a", "b", "c"), subject.key("a", "bb")] {
                let node = try await subject.driver.node(key, .leaf)
                try expect(node.latest == nil, "\(key) has \(node.latest?.identity ?? "")")
            }
            try expectEqual(try await subject.driver.revisions(of: subject.key("x"), limit: 10).count, 0)
            try expect(try await subject.driver.version(1, of: subject.key("x")) == nil, "a version of no leaf")
        },
        Promise("a deleted leaf doesn't exist, and its tombstone is its latest record") { subject in
            let key = subject.key("gone")
            try await subject.set(key, "1")
            let tombstone = try await subject.delete(key)
            let node = try await subject.node(key)
            try expect(node.leaf == nil, "the leaf still exists")
            try expectEqual(node.latest?.identity, tombstone.identity)
            try expect(node.latest?.isDeleted == true, "the latest record is not a tombstone")
            try expectEqual(try await subject.node(subject.root).below.count, 0, "below the root")
            try expectEqual(try await subject.driver.names(below: subject.root, after: nil, limit: 10).count, 0)
            try expectEqual(
                try await subject.driver.scan(subject.root, after: nil, limit: 10).records.count, 0)
        },
        Promise("repeated reads of an unchanged leaf are equal") { subject in
            let key = subject.key("same")
            let written = try await subject.set(key, "[1,2]")
            for reach in [Reach.leaf, .everything, .leaf, .everything] {
                let node = try await subject.driver.node(key, reach)
                try expectEqual(node.leaf?.identity, written.identity)
                try expectEqual(node.below.count, 0)
                try expectEqual(node.ancestors.count, 0)
            }
        },
        Promise("a frequently read leaf shows changes at, above and below it at once") { subject in
            let (above, key, below) = (subject.key("a"), subject.key("a", "b"), subject.key("a", "b", "c"))
            try await subject.set(key, "0")
            func check(_ expected: [Int?]) async throws {
                for _ in 0..<3 {
                    let node = try await subject.node(key)
                    let found = [node.ancestors.first, node.leaf, node.below.first].map { record in
                        record.flatMap { Int($0.value.description) }
                    }
                    try expectEqual(found, expected)
                }
            }
            try await check([nil, 0, nil])
            try await subject.set(above, "1")
            try await check([1, 0, nil])
            try await subject.set(below, "2")
            try await check([1, 0, 2])
            try await subject.set(key, "3")
            try await check([1, 3, 2])
            try await subject.delete(above)
            try await check([nil, 3, 2])
            try await subject.delete(below)
            try await check([nil, 3, nil])
            try await subject.delete(key)
            try await check([nil, nil, nil])
        },
    ]
}
