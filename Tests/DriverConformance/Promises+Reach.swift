import NestKVStorage

extension Promise {
    static let reach: [Promise] = [
        Promise("ancestors come nearest first, and only those that are leaves") { subject in
            let deep = subject.key("a", "b", "c", "d")
            try await subject.write([
                (subject.key("a"), "1"), (subject.key("a", "b", "c"), "3"), (subject.root, "0"), (deep, "4"),
                (subject.key("a", "bb"), "9"),
            ])
            let node = try await subject.node(deep)
            try expectEqual(node.ancestors.map(\.value.description), ["3", "1", "0"])
            let absent = try await subject.node(subject.key("a", "b", "x", "y"))
            try expectEqual(absent.ancestors.map(\.value.description), ["1", "0"])
            try expect(absent.latest == nil, "there is a record")
            try expectEqual(try await subject.driver.node(deep, .leaf).ancestors.count, 0, "not requested")
            try await subject.delete(subject.key("a"))
            try expectEqual(try await subject.node(deep).ancestors.map(\.value.description), ["3", "0"])
        },
        Promise("a node returns as many leaves below as requested, and says if there are more") { subject in
            let keys = (0..<10).map { subject.key("r", "\($0)") }
            try await subject.write(keys.map { ($0, "\"12345678\"") })
            func read(_ leaves: Int, _ bytes: Int) async throws -> (Int, Bool) {
                let reach = Reach(ancestors: false, leavesBelow: leaves, bytesBelow: bytes)
                let node = try await subject.driver.node(subject.key("r"), reach)
                try expectEqual(node.below.map(\.key), Array(keys.prefix(node.below.count)))
                return (node.below.count, node.isTruncated)
            }
            try expect(try await read(9, 1000) == (9, true), "9 leaves")
            try expect(try await read(10, 1000) == (10, false), "10 leaves")
            try expect(try await read(11, 1000) == (10, false), "11 leaves")
            try expect(try await read(0, 1000) == (0, false), "no leaves")
            try expect(try await read(100, 100) == (10, false), "100 bytes")
            try expect(try await read(100, 99) == (9, true), "99 bytes")
            try expect(try await read(100, 9) == (0, true), "9 bytes")
        },
        Promise("a node without leaves below is not truncated, whatever the limits") { subject in
            try await subject.set(subject.key("alone"), "1")
            let reach = Reach(ancestors: true, leavesBelow: 1, bytesBelow: 0)
            let node = try await subject.driver.node(subject.key("alone"), reach)
            try expect(!node.isTruncated && node.below.isEmpty, "there is a leaf below")
        },
    ]
}
