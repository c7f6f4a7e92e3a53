import NestKVStorage

extension Promise {
    static let concurrency: [Promise] = [
        Promise("64 writers that compare and set count exactly, with versions one after the other") { subject in
            let key = subject.key("counter")
            let (writers, rounds) = (64, 10)
            let records = try await withThrowingTaskGroup(of: [Record].self) { group in
                for _ in 0..<writers {
                    group.addTask {
                        var records: [Record] = []
                        for _ in 0..<rounds { records.append(try await increment(key, subject)) }
                        return records
                    }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            let count = writers * rounds
            try expectEqual(try await subject.value(key), "\(count)")
            try expectEqual(records.map(\.version).sorted(), (1...UInt64(count)).map { $0 })
            for record in records { try expectEqual(record.value.description, "\(record.version)") }
        },
        Promise("writers of different leaves of one tree don't block one another") { subject in
            let start = try await subject.revision()
            try await withThrowingTaskGroup(of: Void.self) { group in
                for writer in 0..<64 {
                    group.addTask {
                        for round in 0..<10 { try await subject.set(subject.key("t", "\(writer)"), "\(round)") }
                    }
                }
                try await group.waitForAll()
            }
            let leaves = try await subject.node(subject.key("t")).below
            try expect(leaves.count == 64 && leaves.allSatisfy { $0.version == 10 }, "a write is lost")
            let revisions = try await changes(subject, after: start, limit: 100).map(\.revision)
            try expect(
                revisions.count >= 640 && zip(revisions, revisions.dropFirst()).allSatisfy { $0 < $1 }, "the feed")
        },
        Promise("of many writers that create the same leaf, one succeeds") { subject in
            let readAt = try await subject.revision()
            let created = await withTaskGroup(of: Bool.self) { group in
                for index in 0..<64 {
                    group.addTask {
                        let change = try? Mutation.change(subject.key("only"), "\(index)", replacing: nil)
                        let transaction = Transaction(expectations: [], changes: [change!], readAt: readAt)
                        return (try? await subject.driver.commit(transaction)) != nil
                    }
                }
                return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            try expectEqual(created, 1)
        },
        Promise("of two that each expect the other's absence, one is refused") { subject in
            // Write skew: each writes a leaf below `s` on the condition that no leaf exists there.
            for round in 0..<20 {
                let parent = subject.key("s", "\(round)")
                let readAt = try await subject.revision()
                let done = await withTaskGroup(of: Bool.self) { group in
                    for index in 0..<8 {
                        group.addTask {
                            let key = parent.appending("\(index)".utf8)
                            let change = try? Mutation.change(key, "1", replacing: nil)
                            let transaction = Transaction(
                                expectations: [.below(parent, [])], changes: [change!], readAt: readAt)
                            return (try? await subject.driver.commit(transaction)) != nil
                        }
                    }
                    return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
                }
                try expectEqual(done, 1, "round \(round)")
            }
        },
        Promise("a reader never sees half a commit, and never goes back", where: \.isAtomic) { subject in
            let keys = (0..<4).map { subject.key("pair", "\($0)") }
            try await subject.write(keys.map { ($0, "0") })
            try await withThrowingTaskGroup(of: Void.self) { group in
                group.addTask {
                    for value in 1...200 { try await subject.write(keys.map { ($0, "\(value)") }) }
                }
                for reader in 0..<4 {
                    group.addTask {
                        var last = 0
                        while last < 200 {
                            let node = try await subject.node(reader % 2 == 0 ? subject.key("pair") : keys[1])
                            let records = reader % 2 == 0 ? node.below : [node.leaf].compactMap { $0 }
                            let values = records.map { Int($0.value.description) ?? -1 }
                            try expect(Set(values).count == 1, "half a commit: \(values)")
                            try expect(values[0] >= last, "\(values[0]) after \(last)")
                            try expect(records.allSatisfy { $0.revision <= node.revision }, "newer than its revision")
                            last = values[0]
                            await Task.yield()
                        }
                    }
                }
                try await group.waitForAll()
            }
        },
    ]

    private static func increment(_ key: Key, _ subject: Subject) async throws -> Record {
        for attempt in 1... {
            let node = try await subject.driver.node(key, .leaf)
            let value = node.leaf.flatMap { Int($0.value.description) } ?? 0
            let change = try Mutation.change(key, "\(value + 1)", replacing: node.leaf)
            do {
                return try await subject.driver.commit(
                    Transaction(expectations: [], changes: [change], readAt: node.revision)
                ).records[0]
            } catch {
                guard error.kind == .conflict else { throw error }
                // On a server each attempt is a round trip, and without pauses 64 writers would hardly progress.
                try await Task.sleep(for: .microseconds(Int.random(in: 0...50) << min(attempt, 8)))
            }
        }
        fatalError("the loop ends by returning or throwing")
    }

    static let sizes: [Promise] = [
        Promise("values of 1 MiB are returned unchanged") { subject in
            let large = "\"\(String(repeating: "0123456789abcdef", count: 1 << 16))\""
            for index in 0..<3 { try await subject.set(subject.key("large", "\(index)"), large) }
            try expect(try await subject.value(subject.key("large", "1")) == large, "the value differs")
            let node = try await subject.node(subject.key("large"))
            try expectEqual(node.below.map(\.value.utf8.count), [large.utf8.count, large.utf8.count, large.utf8.count])
            let page = try await subject.driver.changes(in: subject.feed, after: node.revision - 3, limit: 10)
            try expect(page.changes.last?.record.value.description == large, "the feed's value differs")
        },
        Promise("one commit takes 10,000 leaves, or as many as the store says, and they are read back") { subject in
            let count = min(subject.driver.capabilities.leavesPerCommit ?? 10_000, 10_000)
            let keys = (0..<count).map { subject.key("many", "\($0 / 100)", "\($0 % 100)") }
            let changes = try keys.map { try Mutation.change($0, "\"\($0.name.count)\"", replacing: nil) }
            let receipt = try await subject.driver.commit(
                Transaction(expectations: [], changes: changes, readAt: subject.revision()))
            try expectEqual(receipt.records.count, count)
            let node = try await subject.node(subject.key("many"))
            try expectEqual(node.below.map(\.key), keys.sorted())
            let removal = Transaction(
                expectations: [.below(subject.key("many"), node.below)],
                changes: try node.below.map { try Mutation.change($0.key, nil, replacing: $0) }, readAt: node.revision)
            _ = try await subject.driver.commit(removal)
            try expectEqual(try await subject.node(subject.key("many")).below.count, 0)
        },
        Promise("a commit of more leaves than the store takes is refused as a whole") { subject in
            guard let most = subject.driver.capabilities.leavesPerCommit else { return }
            let changes = try (0...most).map { try Mutation.change(subject.key("many", "\($0)"), "1", replacing: nil) }
            do {
                _ = try await subject.driver.commit(
                    Transaction(expectations: [], changes: changes, readAt: subject.revision()))
                throw BrokenPromise(description: "\(changes.count) leaves were taken")
            } catch let error as DriverError {
                try expectEqual(error.kind, .unsupported)
            }
            try expectEqual(try await subject.node(subject.key("many")).below.count, 0)
        },
    ]

    static let durability: [Promise] = [
        Promise("everything is kept when a store is reopened", where: { $0.durability != .memory }) { subject in
            guard let reopen = subject.reopen else { return }
            let key = subject.key("kept")
            for value in ["1", nil, "3", "4"] { try await subject.write([(key, value)]) }
            let deleted = subject.key("deleted")
            for value in ["1", nil] { try await subject.write([(deleted, value)]) }
            func everything(_ driver: any Driver) async throws -> [String] {
                let page = try await driver.changes(in: subject.feed, after: 0, limit: 1000)
                let node = try await driver.node(subject.root, .everything)
                let names = try await driver.names(below: subject.root, after: nil, limit: 10)
                return ["\(node.revision)", "\(page.oldest)", "\(page.current)", "\(names)"]
                    + node.below.map(\.identity) + page.changes.map(\.record.identity)
                    + (try await driver.revisions(of: key, limit: 10)).map(\.identity)
                    + (try await driver.revisions(of: deleted, limit: 10)).map(\.identity)
            }
            let before = try await everything(subject.driver)
            let again = try await reopen()
            try expectEqual(try await everything(again), before)
            let after = Subject(driver: again, root: subject.root, reopen: nil)
            let record = try await after.set(key, "5")
            try expectEqual(record.version, 5)
            try expectEqual(try await after.set(deleted, "1").version, 3)
            await again.shutdown()
        }
    ]
}
