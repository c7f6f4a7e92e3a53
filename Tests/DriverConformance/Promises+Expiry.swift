import NestKVStorage

extension Promise {
    static let expiry: [Promise] = [
        Promise("expired leaves are found, the soonest first, and stay until they are deleted") { subject in
            for (name, time) in [("c", 3000), ("a", 1000), ("never", nil), ("d", 4000), ("b", 2000)] {
                try await subject.setExpiring(subject.key(name), at: time)
            }
            for limit in [1, 2, 10] {
                let found = try await subject.expired(by: 3000, limit: limit)
                try expectEqual(found, Array(["a", "b", "c"].prefix(limit)))
            }
            try expectEqual(try await subject.expired(by: 999), [])
            try expectEqual(try await subject.value(subject.key("a")), "1", "a driver has no clock: the leaf")
        },
        Promise("a leaf that is written again expires at its new time, and a deleted leaf doesn't expire") { subject in
            for name in ["later", "never", "gone", "sooner"] {
                try await subject.setExpiring(subject.key(name), at: 1000)
            }
            try await subject.setExpiring(subject.key("later"), at: 5000)
            try await subject.setExpiring(subject.key("never"), at: nil)
            try await subject.delete(subject.key("gone"))
            try await subject.setExpiring(subject.key("sooner"), at: 500)
            try expectEqual(try await subject.expired(by: 1000), ["sooner"])
            try expectEqual(try await subject.expired(by: 5000), ["sooner", "later"])
        },
        Promise("an expiry leaves a tombstone, is in the feed as an expiry, and happens once") { subject in
            let key = subject.key("up")
            try await subject.setExpiring(key, at: 1000)
            let record = try await subject.driver.node(key, .leaf).leaf!
            let draft = Draft(key: key, value: nil, dataHash: .test, time: .now)
            let transaction = Transaction(
                expectations: [], changes: [.expire(draft, replacing: record)], readAt: record.revision)
            let receipt = try await subject.driver.commit(transaction)
            try expect(receipt.records[0].isDeleted && receipt.records[0].version == 2, "it is not a deletion")
            try expect(try await subject.driver.revisions(of: key, limit: 1)[0].isExpiry, "it is not an expiry")
            let page = try await subject.driver.changes(in: subject.feed, after: record.revision, limit: 10)
            try expectEqual(page.changes.map(\.operation), [.expire])
            try expectEqual(try await subject.expired(by: .max), [])
            try await subject.expectConflict(transaction, "the second expiry")
            try await subject.set(key, "2")
            try await subject.delete(key)
            let expiries = try await subject.driver.revisions(of: key, limit: 4).map(\.isExpiry)
            try expectEqual(
                expiries, Array([false, false, true, false].prefix(subject.driver.capabilities.historyDepth + 1)))
        },
        Promise("many leaves expire at one time") { subject in
            for index in 0..<300 { try await subject.setExpiring(subject.key("m\(index)"), at: 1000 + index % 3) }
            try expectEqual(Set(try await subject.expired(by: 1001, limit: 1000)).count, 200)
        },
    ]
}

extension Subject {
    /// Sets a leaf that expires; nil: never.
    fileprivate func setExpiring(_ key: Key, at milliseconds: Int?) async throws {
        let node = try await driver.node(key, .leaf)
        let draft = Draft(
            key: key, value: .integer(1), dataHash: .test, time: Timestamp(milliseconds: 1),
            expiresAt: milliseconds.map { Timestamp(milliseconds: Int64($0)) })
        _ = try await driver.commit(
            Transaction(
                expectations: [], changes: [.set(draft, replacing: node.leaf)], readAt: node.revision))
    }

    /// The last segments of the keys of the test's expired leaves. The store may have others.
    fileprivate func expired(by milliseconds: Int64, limit: Int = 100) async throws -> [String] {
        let found = try await driver.expired(by: Timestamp(milliseconds: milliseconds), limit: limit)
        return found.filter { root.contains($0.key) }.map {
            String(decoding: $0.key.segments.last ?? [], as: UTF8.self)
        }
    }
}
