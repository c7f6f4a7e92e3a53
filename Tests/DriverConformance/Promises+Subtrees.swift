import NestKVStorage

extension Promise {
    static let subtrees: [Promise] = [
        Promise("a subtree is the same object until something changes in it, and then another one") { subject in
            let (top, beside) = (subject.key("a"), subject.key("b"))
            for name in ["x", "y"] { try await subject.set(subject.key("a", name), "1") }
            // A store may report a change to its own writer late. The driver then reads again what it has kept.
            var isKept = false
            for attempt in 0..<20 where !isKept {
                let before = try await subject.keptSubtree(top)
                try await subject.set(beside, "\(attempt)")
                isKept = try await subject.node(top).subtree === before
            }
            try expect(isKept, "a change beside the subtree makes it another object")
            var last = try await subject.keptSubtree(top)
            try expectEqual(last.leaves.count, 2)
            for key in [top, top, subject.key("a", "x"), subject.key("a", "z", "deep")] {
                try await subject.set(key, "2")
                try expect(try await subject.node(top).subtree !== last, "a change of \(key) makes no other object")
                last = try await subject.keptSubtree(top)
            }
            try await subject.delete(subject.key("a", "y"))
            try expect(try await subject.node(top).subtree !== last, "a deletion makes no other object")
            try expectEqual(try await subject.keptSubtree(top).leaves.map(\.value.description), ["2", "2"])
        }
    ]
}

extension Subject {
    /// The subtree that two reads one after the other return.
    fileprivate func keptSubtree(_ key: Key) async throws -> Subtree {
        for _ in 0..<100 {
            if let first = try await node(key).subtree, try await node(key).subtree === first { return first }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw BrokenPromise(description: "each read of the unchanged subtree \(key) returns another object")
    }
}
