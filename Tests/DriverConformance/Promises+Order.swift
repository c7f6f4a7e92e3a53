import NestKVStorage

extension Promise {
    /// Segments that a path can name and that a store may mishandle.
    static let hostileNames: [String] = [
        ":", "...", ".b", "..b", "/", "\\", "*", ">", "#", "+", "?", "[a]", "{x}", "a*b", "%2F", "%00",
        " ", " a", "a ", "a", "a b", "ab", "a.b", "a:b", "a/b", ".a", "a.", "=", "=2F", "_", "__proto__", "nestkv:m:",
        "é", "e\u{301}", "🙂", "\u{FEFF}", "\u{10FFFF}", "\u{E000}", "\u{1F600}", "null", "0", "00", "-1", "\"", "'",
        "İ", "ß", String(repeating: "long", count: 250),
    ]

    static let order: [Promise] = [
        Promise("every character in a name is plain data") { subject in
            let values = hostileNames.enumerated().map { (subject.key("h", $1), "\($0)") }
            try await subject.write(values)
            for (key, value) in values { try expectEqual(try await subject.value(key), value, "\(key)") }
        },
        Promise("leaves and names come in byte order, each once") { subject in
            try await subject.write(hostileNames.map { (subject.key("h", $0), "1") })
            let sorted = hostileNames.map { subject.key("h", $0) }.sorted()
            try expectEqual(try await subject.node(subject.key("h")).below.map(\.key), sorted, "below")
            let page = try await subject.driver.scan(subject.key("h"), after: nil, limit: 1000)
            try expectEqual(page.records.map(\.key), sorted, "scan")
            let names = try await subject.driver.names(below: subject.key("h"), after: nil, limit: 1000)
            try expectEqual(names, sorted.map { Array($0.name) }, "names")
        },
        Promise("the two Unicode spellings of a character are two names") { subject in
            try await subject.write([(subject.key("\u{E9}"), "1"), (subject.key("e\u{301}"), "2")])
            try expectEqual(try await subject.value(subject.key("\u{E9}")), "1")
            try expectEqual(try await subject.value(subject.key("e\u{301}")), "2")
            try expectEqual(try await subject.driver.names(below: subject.root, after: nil, limit: 9).count, 2)
        },
        Promise("a name that begins with another name is not below it") { subject in
            let names = ["a", "a b", "a!", "a.b", "a:b", "ab", "a/b", "b"]
            try await subject.write(
                names.flatMap { [(subject.key("p", $0), "1"), (subject.key("p", $0, "x", "y"), "2")] })
            for name in names {
                let key = subject.key("p", name)
                let inner = subject.key("p", name, "x", "y")
                try expectEqual(try await subject.node(key).below.map(\.key), [inner], "below \(name)")
                let page = try await subject.driver.scan(key, after: nil, limit: 100)
                try expectEqual(page.records.map(\.key), [key, inner], "scan of \(name)")
            }
            let found = try await subject.driver.names(below: subject.key("p"), after: nil, limit: 100)
            try expectEqual(found, names.map { Array($0.utf8) }.sorted { $0.lexicographicallyPrecedes($1) })
        },
        Promise("a leaf comes right before the leaves below it") { subject in
            let keys = [
                subject.key("a"), subject.key("a", "a"), subject.key("a", "a", "z"), subject.key("a", "b"),
                subject.key("a!"), subject.key("b"),
            ]
            try await subject.write(keys.reversed().map { ($0, "1") })
            let page = try await subject.driver.scan(subject.root, after: nil, limit: 100)
            try expectEqual(page.records.map(\.key), keys)
        },
        Promise("a scan continues after any key, whether the key exists or not") { subject in
            let keys = (0..<50).map { subject.key("s", "k\($0 / 10)", "\($0 % 10)") }
            try await subject.write(keys.map { ($0, "1") })
            for limit in [1, 7, 50, 51] {
                var found: [Key] = []
                var after: Key?
                while true {
                    let page = try await subject.driver.scan(subject.key("s"), after: after, limit: limit)
                    found += page.records.map(\.key)
                    try expect(page.records.count <= limit, "a page longer than \(limit)")
                    after = page.records.last?.key
                    guard page.hasMore else { break }
                }
                try expectEqual(found, keys, "limit \(limit)")
            }
            func first(after key: Key) async throws -> Key? {
                let page = try await subject.driver.scan(subject.key("s"), after: key, limit: 1)
                return page.records.first?.key
            }
            try expectEqual(try await first(after: subject.key("s")), keys[0])
            try expectEqual(try await first(after: subject.key("s", "k1")), keys[10])
            try expectEqual(try await first(after: subject.key("s", "k1", "55")), keys[16])
            try expectEqual(try await first(after: subject.key("s", "k1", "5", "x")), keys[16])
            try expectEqual(try await first(after: subject.key("s", "k9")), nil)
            try expectEqual(try await first(after: subject.key("t")), nil)
            try expectEqual(try await first(after: subject.key("r")), keys[0])
        },
        Promise("names are paged and skip the leaves below them") { subject in
            var keys: [Key] = []
            for name in 0..<20 {
                for leaf in 0..<5 { keys.append(subject.key("n", "name \(name)", "x", "\(leaf)")) }
            }
            keys.append(subject.key("n", "name 3"))
            try await subject.write(keys.map { ($0, "1") })
            let sorted = Set(keys.map { Array($0.segments(below: subject.key("n"))[0]) })
                .sorted { $0.lexicographicallyPrecedes($1) }
            for limit in [1, 3, 20, 100] {
                var found: [[UInt8]] = []
                while true {
                    let names = try await subject.driver.names(
                        below: subject.key("n"), after: found.last, limit: limit)
                    found += names
                    if names.count < limit { break }
                }
                try expectEqual(found, sorted, "limit \(limit)")
            }
            let behind = try await subject.driver.names(below: subject.key("n"), after: Array("name 3x".utf8), limit: 1)
            try expectEqual(behind, [Array("name 4".utf8)])
        },
        Promise("the names below the root are the entry points") { subject in
            try await subject.set(subject.key("a", "b"), "1")
            let names = try await subject.driver.names(below: .root, after: nil, limit: 1000)
            try expect(names.contains(Array(subject.root.segments[0])), "the test's own entry point is missing")
            let page = try await subject.driver.scan(.root, after: nil, limit: 1000)
            try expect(
                page.records.contains { $0.key == subject.key("a", "b") }, "the leaf is missing in a scan of all")
        },
    ]
}
