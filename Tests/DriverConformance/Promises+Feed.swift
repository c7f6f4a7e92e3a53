import NestKVStorage

extension Promise {
    static let feed: [Promise] = [
        Promise("the feed has every change once, in the order of the commits", where: \.isAtomic) { subject in
            let start = try await subject.revision()
            var expected: [String] = []
            for index in 0..<30 {
                let values: [(Key, String?)] = (0...(index % 3)).map { (subject.key("f", "\($0)"), "\(index)") }
                let receipt = try await subject.write(values)
                expected += receipt.records.map { "set \($0.identity) \(receipt.revision)" }
            }
            let receipt = try await subject.write([(subject.key("f", "0"), nil)])
            expected.append("delete \(receipt.records[0].identity) \(receipt.revision)")
            for limit in [1, 2, 3, 7, 1000] {
                let found = try await changes(subject, after: start, limit: limit)
                try expectEqual(
                    found.map { "\($0.operation) \($0.record.identity) \($0.commitRevision)" }, expected, "by \(limit)")
            }
        },
        Promise("a page of the feed ends where a commit ends, unless that commit is longer", where: \.isAtomic) {
            subject in
            let start = try await subject.revision()
            for commit in 0..<4 {
                try await subject.write((0..<5).map { (subject.key("p\(commit)", "\($0)"), "1") })
            }
            for limit in 1...21 {
                let page = try await subject.driver.changes(in: subject.feed, after: start, limit: limit)
                let expected = limit < 5 ? limit : min(limit / 5 * 5, 20)
                try expectEqual(page.changes.count, expected, "limit \(limit)")
            }
            let middle = try await subject.driver.changes(in: subject.feed, after: start + 3, limit: 6)
            try expectEqual(middle.changes.map(\.revision), [start + 4, start + 5], "from within a commit")
        },
        Promise("while others write, the end of the feed never goes back, and no page goes beyond it") { subject in
            let start = try await subject.revision()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<8 {
                    group.addTask {
                        for round in 0..<100 { try await subject.set(subject.key("w", "\(writer)"), "\(round)") }
                    }
                }
                group.addTask {
                    // As a client that resumes at once after the last change that it received.
                    var last = start, end = start, count = 0
                    while count < 800 {
                        let page = try await subject.driver.changes(in: subject.feed, after: last, limit: 1000)
                        try expect(page.current >= max(end, last), "it was \(max(end, last)), now \(page.current)")
                        try expect(page.changes.allSatisfy { $0.revision <= page.current }, "more than \(page.current)")
                        (last, end) = (page.changes.last?.revision ?? last, page.current)
                        count += page.changes.count
                        if page.changes.isEmpty { await Task.yield() }
                    }
                }
                try await group.waitForAll()
            }
        },
        Promise("while others write, the feed never ends before what a read has returned") { subject in
            try await withThrowingTaskGroup(of: Void.self) { group in
                let keys = (0..<4).map { subject.key("r", "\($0)") }
                for key in keys {
                    group.addTask { for round in 0..<200 { try await subject.set(key, "\(round)") } }
                }
                group.addTask {
                    var last = 0
                    while last < keys.count {
                        var seen: Revision = 0
                        last = 0
                        for key in keys {
                            let records = try await subject.driver.node(key, Reach.leaf)
                            seen = max(seen, records.revision, records.latest?.revision ?? 0)
                            if records.latest?.value.description == "199" { last += 1 }
                        }
                        let page = try await subject.driver.changes(in: subject.feed, after: seen, limit: 1)
                        try expect(page.current >= seen, "read at \(seen), the feed ends at \(page.current)")
                        // A read of a local store never waits, and would keep a thread from the writers.
                        await Task.yield()
                    }
                }
                try await group.waitForAll()
            }
        },
        Promise("the feed is empty at its end and beyond it") { subject in
            let record = try await subject.set(subject.key("last"), "1")
            let revision = try await subject.revision()
            for after in [max(revision, record.revision), revision + 1000, .max] {
                let page = try await subject.driver.changes(in: subject.feed, after: after, limit: 10)
                try expect(page.changes.isEmpty, "something after \(after)")
                try expect(page.current >= record.revision, "current is \(page.current)")
                try expect(page.oldest <= page.current, "oldest is \(page.oldest)")
            }
        },
        Promise(
            "the feed is bounded, and says after which revision it is complete",
            options: .conformance(feed: FeedRetention(count: 20, bytes: 1 << 20, age: .seconds(3600)))
        ) { subject in
            guard subject.driver.capabilities.feedRetention.count == 20 else { return }
            let start = try await subject.revision()
            for index in 0..<60 { try await subject.set(subject.key("t", "\(index % 7)"), "\(index)") }
            let page = try await waitUntilTrimmed(subject, after: start)
            try expect(page.oldest > start, "nothing was dropped")
            try expectEqual(
                page.changes.map(\.revision), Array((page.oldest + 1)...page.current), "the rest is complete")
            try expect(page.changes.count >= 20, "there are only \(page.changes.count) changes left")
            try expectEqual(page.changes.last?.record.value.description, "59")
        },
        Promise(
            "the feed is bounded by bytes, and the newest commit stays",
            options: .conformance(feed: FeedRetention(count: 1000, bytes: 20_000, age: .seconds(3600)))
        ) { subject in
            guard subject.driver.capabilities.feedRetention.bytes == 20_000 else { return }
            let large = "\"\(String(repeating: "x", count: 5000))\""
            for index in 0..<20 { try await subject.set(subject.key("t", "\(index)"), large) }
            let page = try await waitUntilTrimmed(subject, after: 0)
            try expect(page.oldest > 0 && !page.changes.isEmpty, "oldest \(page.oldest), \(page.changes.count) left")
            try await subject.set(subject.key("huge"), "\"\(String(repeating: "x", count: 50_000))\"")
            let last = try await subject.revision()
            let newest = try await subject.driver.changes(in: subject.feed, after: last - 1, limit: 10)
            try expectEqual(newest.changes.count, 1)
        },
        Promise(
            "the feed is bounded by age",
            options: .conformance(feed: FeedRetention(count: 1000, bytes: 1 << 20, age: .milliseconds(50)))
        ) { subject in
            guard subject.driver.capabilities.feedRetention.age == .milliseconds(50) else { return }
            let record = try await subject.set(subject.key("old"), "1")
            try await Task.sleep(for: .milliseconds(100))
            try await subject.set(subject.key("new"), "1")
            let page = try await waitUntilTrimmed(subject, after: 0)
            try expect(page.oldest >= record.revision, "the old change still exists")
        },
    ]

    /// Waits, because a store may trim somewhat later than it commits.
    private static func waitUntilTrimmed(_ subject: Subject, after start: Revision) async throws -> ChangePage {
        let bounds = subject.driver.capabilities.feedRetention
        for _ in 0..<200 {
            let page = try await subject.driver.changes(in: subject.feed, after: start, limit: 10_000)
            let isWithin = page.changes.count <= bounds.count + bounds.count / 16
            if page.oldest > start && isWithin { return page }
            try await Task.sleep(for: .milliseconds(20))
        }
        return try await subject.driver.changes(in: subject.feed, after: start, limit: 10_000)
    }

    /// The whole feed, page by page.
    static func changes(_ subject: Subject, after start: Revision, limit: Int) async throws -> [Change] {
        var found: [Change] = []
        while true {
            let after = found.last?.revision ?? start
            let page = try await subject.driver.changes(in: subject.feed, after: after, limit: limit)
            if page.changes.isEmpty { return found }
            try expect(page.changes.count <= limit, "a page longer than \(limit)")
            found += page.changes
        }
    }

    static let waiting: [Promise] = [
        Promise("a change wakes a task that waits for it") { subject in
            let revision = try await subject.revision()
            async let waiting: Void = subject.driver.waitForChange(in: subject.feed, after: revision)
            try await Task.sleep(for: .milliseconds(20))
            let record = try await subject.set(subject.key("w"), "1")
            try await waiting
            let page = try await subject.driver.changes(in: subject.feed, after: revision, limit: 10)
            try expect(page.changes.contains { $0.revision == record.revision }, "woken before the change exists")
        },
        Promise("a task that waits for a past revision continues at once") { subject in
            let record = try await subject.set(subject.key("w"), "1")
            try await subject.driver.waitForChange(in: subject.feed, after: record.revision - 1)
        },
        Promise("waiting ends when its task is cancelled, before or while it waits") { subject in
            let revision = try await subject.revision()
            for pause in [Duration.zero, .milliseconds(20)] {
                let task = Task { try? await subject.driver.waitForChange(in: subject.feed, after: revision + 1000) }
                if pause > .zero { try await Task.sleep(for: pause) }
                task.cancel()
                _ = await task.value
            }
        },
        Promise("any number of tasks wait at once, and each is woken") { subject in
            let revision = try await subject.revision()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for offset in 0..<200 {
                    group.addTask {
                        let after = revision + Revision(offset % 10)
                        try await subject.driver.waitForChange(in: subject.feed, after: after)
                    }
                }
                for index in 0..<10 { try await subject.set(subject.key("w"), "\(index)") }
                try await group.waitForAll()
            }
        },
    ]
}
