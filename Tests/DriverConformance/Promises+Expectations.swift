import NestKVStorage

extension Promise {
    /// One case of an expectation: what exists when it is read, what is done since, and whether it still holds.
    private struct Case: Sendable {
        let name: String
        var before: [(String, String?)] = []
        let since: [[(String, String?)]]
        let holds: Bool
    }

    private static let leafCases: [Case] = [
        Case(name: "no leaf, nothing done", since: [], holds: true),
        Case(name: "no leaf, another leaf written", since: [[("y", "1")], [("x/c", "1")]], holds: true),
        Case(name: "no leaf, written", since: [[("x", "1")]], holds: false),
        Case(name: "no leaf, written and deleted", since: [[("x", "1")], [("x", nil)]], holds: true),
        Case(name: "a leaf, nothing done", before: [("x", "1")], since: [], holds: true),
        Case(name: "a leaf, others written", before: [("x", "1")], since: [[("x/c", "1"), ("xx", "1")]], holds: true),
        Case(name: "a leaf, changed", before: [("x", "1")], since: [[("x", "2")]], holds: false),
        Case(name: "a leaf, written again unchanged", before: [("x", "1")], since: [[("x", "1")]], holds: false),
        Case(name: "a leaf, deleted", before: [("x", "1")], since: [[("x", nil)]], holds: false),
        Case(
            name: "a leaf, deleted and created again with the same value", before: [("x", "1")],
            since: [[("x", nil)], [("x", "1")]], holds: false),
    ]

    private static let belowCases: [Case] = [
        Case(name: "nothing below, nothing done", since: [], holds: true),
        Case(name: "nothing below, grown", since: [[("x/a", "1")]], holds: false),
        Case(name: "nothing below, grown and shrunk", since: [[("x/a", "1")], [("x/a", nil)]], holds: true),
        Case(name: "nothing below, the leaf itself written", since: [[("x", "1")], [("xx", "1")]], holds: true),
        Case(name: "leaves below, others written", before: belowX, since: [[("x", "1"), ("y/a", "1")]], holds: true),
        Case(name: "leaves below, grown at the end", before: belowX, since: [[("x/z", "1")]], holds: false),
        Case(name: "leaves below, grown at the start", before: belowX, since: [[("x/0", "1")]], holds: false),
        Case(name: "leaves below, grown deeper", before: belowX, since: [[("x/a/b/c", "1")]], holds: false),
        Case(name: "leaves below, shrunk", before: belowX, since: [[("x/b", nil)]], holds: false),
        Case(name: "leaves below, all gone", before: belowX, since: [[("x/a", nil), ("x/b", nil)]], holds: false),
        Case(name: "leaves below, one changed", before: belowX, since: [[("x/b", "9")]], holds: false),
        Case(
            name: "leaves below, one deleted and created again", before: belowX,
            since: [[("x/b", nil)], [("x/b", "2")]], holds: false),
    ]

    private static let belowX: [(String, String?)] = [("x/a", "1"), ("x/b", "2")]

    static let expectations: [Promise] = [
        Promise("an expected leaf refuses a commit exactly if it was changed since") { subject in
            try await check(leafCases, subject) { root, node in
                (expectations: [.leaf(root.appending("x".utf8), node.leaf?.revision)], replacing: nil)
            }
        },
        Promise("a replaced leaf refuses a commit exactly if it was changed since") { subject in
            try await check(leafCases, subject) { _, node in (expectations: [], replacing: .some(node.leaf)) }
        },
        Promise("an expectation below a path refuses a commit exactly if a leaf below was changed since") { subject in
            try await check(belowCases, subject) { root, node in
                (expectations: [.below(root.appending("x".utf8), node.below)], replacing: nil)
            }
        },
        Promise("expectations hold even if they were read very long ago") { subject in
            try await check(leafCases, subject, isOld: true) { root, node in
                (expectations: [.leaf(root.appending("x".utf8), node.leaf?.revision)], replacing: nil)
            }
            try await check(belowCases, subject, isOld: true) { root, node in
                (expectations: [.below(root.appending("x".utf8), node.below)], replacing: nil)
            }
        },
    ]

    /// Reads `x`, makes the changes since, then commits with what was read.
    private static func check(
        _ cases: [Case], _ subject: Subject, isOld: Bool = false,
        _ make: (Key, NodeRecords) -> (expectations: [Expectation], replacing: Record??)
    ) async throws {
        for (index, item) in cases.enumerated() {
            let root = subject.key(isOld ? "old" : "new", "\(cases.count)-\(index)")
            func resolve(_ writes: [(String, String?)]) -> [(Key, String?)] {
                writes.map { path, value in
                    (path.split(separator: "/").reduce(root) { $0.appending($1.utf8) }, value)
                }
            }
            if !item.before.isEmpty { try await subject.write(resolve(item.before)) }
            let x = root.appending("x".utf8)
            let node = try await subject.node(x)
            for writes in item.since { try await subject.write(resolve(writes)) }
            let (expectations, replacing) = make(root, node)
            let change =
                try replacing.map { try Mutation.change(x, "\"mine\"", replacing: $0) }
                ?? .change(root.appending("elsewhere".utf8), "\"mine\"", replacing: nil)
            // A very old revision means: assume nothing, and check.
            let transaction = Transaction(
                expectations: expectations, changes: [change], readAt: isOld ? 0 : node.revision)
            if item.holds {
                do {
                    _ = try await subject.driver.commit(transaction)
                } catch {
                    throw BrokenPromise(description: "\(item.name): \(error)")
                }
                try expectEqual(try await subject.value(change.draft.key), "\"mine\"", item.name)
            } else {
                try await subject.expectConflict(transaction, item.name)
            }
        }
    }
}
