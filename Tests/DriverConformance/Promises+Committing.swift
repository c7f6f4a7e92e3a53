import NestKVStorage

extension Promise {
    static let committing: [Promise] = [
        Promise("a commit is all or nothing", where: \.isAtomic) { subject in
            let old = try await subject.set(subject.key("old"), "1")
            let readAt = try await subject.revision()
            try await subject.set(subject.key("old"), "2")
            let changes = try [
                Mutation.change(subject.key("new"), "1", replacing: nil),
                .change(subject.key("old"), "3", replacing: old),
                .change(subject.key("other"), "1", replacing: nil),
            ]
            try await subject.expectConflict(
                Transaction(expectations: [], changes: changes, readAt: readAt), "a change of an outdated leaf")
            try expectEqual(try await subject.value(subject.key("new")), nil)
            try expectEqual(try await subject.value(subject.key("other")), nil)
            try expectEqual(try await subject.value(subject.key("old")), "2")
        },
        Promise("what is committed at once is a commit, and what is not has changed nothing") { subject in
            let key = subject.key("a")
            let old = try await subject.set(key, "1")
            let readAt = try await subject.revision()
            let change = try Mutation.change(key, "2", replacing: old)
            let transaction = Transaction(expectations: [], changes: [change], readAt: readAt)
            let receipt = try subject.driver.commitAtOnce(transaction)
            // A driver need not commit at once.
            try expectEqual(receipt != nil, subject.driver.commitsAtOnce)
            try expectEqual(try await subject.value(key), receipt == nil ? "1" : "2")
            guard let receipt else { return }
            try expectEqual(receipt.records.map(\.version), [old.version + 1])
            try expectEqual(try await subject.driver.node(key, .leaf).latest?.identity, receipt.records[0].identity)
            try subject.expectConflictAtOnce(transaction, "a change of an outdated leaf")
        },
        Promise("a commit's receipt has its records in order, numbered one after the other", where: \.isAtomic) {
            subject in
            let before = try await subject.revision()
            try await subject.set(subject.key("b"), "0")
            let receipt = try await subject.write([
                (subject.key("c"), "1"), (subject.key("b"), nil), (subject.key("a"), "2"),
            ])
            try expectEqual(receipt.records.map(\.key), [subject.key("c"), subject.key("b"), subject.key("a")])
            let last = receipt.revision
            try expectEqual(receipt.records.map(\.revision), [last - 2, last - 1, last])
            try expect(last - 2 > before, "revisions don't rise")
            try expectEqual(receipt.records.map(\.isDeleted), [false, true, false])
            try expectEqual(receipt.durability, subject.driver.capabilities.durability)
            try expect(try await subject.revision() >= last, "the store's revision is too low")
        },
        Promise("a commit without changes checks its expectations and changes nothing") { subject in
            let record = try await subject.set(subject.key("a"), "1")
            let readAt = try await subject.revision()
            let receipt = try await subject.driver.commit(
                Transaction(
                    expectations: [.leaf(subject.key("a"), record.revision)], changes: [], readAt: readAt))
            try expect(receipt.records.isEmpty && receipt.revision >= record.revision, "a strange receipt")
            try await subject.set(subject.key("a"), "2")
            try await subject.expectConflict(
                Transaction(expectations: [.leaf(subject.key("a"), record.revision)], changes: [], readAt: readAt),
                "an expectation without changes")
        },
        Promise("a refused commit doesn't affect concurrent commits") { subject in
            let stale = try await subject.set(subject.key("hot"), "0")
            let readAt = try await subject.revision()
            try await subject.set(subject.key("hot"), "1")
            let outcomes = await withTaskGroup(of: (Int, Bool).self) { group in
                for index in 0..<64 {
                    group.addTask {
                        let change =
                            try? index % 2 == 0
                            ? Mutation.change(subject.key("fine", "\(index)"), "\(index)", replacing: nil)
                            : Mutation.change(subject.key("hot"), "\(index)", replacing: stale)
                        let transaction = Transaction(expectations: [], changes: [change!], readAt: readAt)
                        return (index, (try? await subject.driver.commit(transaction)) != nil)
                    }
                }
                return await group.reduce(into: [Int: Bool]()) { $0[$1.0] = $1.1 }
            }
            for (index, isDone) in outcomes { try expectEqual(isDone, index % 2 == 0, "commit \(index)") }
            try expectEqual(try await subject.value(subject.key("hot")), "1")
            try expectEqual(try await subject.node(subject.key("fine")).below.count, 32)
        },
    ]
}
