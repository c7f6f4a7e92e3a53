import NestKVStorage

extension Promise {
    /// A driver that can't tell says nothing, and keeps these promises.
    static let unchanged: [Promise] = [
        Promise("a path isn't unchanged after an acknowledged change at, above or below it") { subject in
            let place = subject.key("a", "b")
            try await subject.set(place, "1")
            let changed = [
                place, subject.key("a"), subject.key("a", "b", "c"), subject.key("a", "b", "c", "d"),
                subject.key("a", "b", "x"),
            ]
            for key in changed {
                for isDeletion in [false, true] {
                    // It may seem changed without a change, but not for long.
                    var unchanged = subject.driver.unchanged(place)
                    for _ in 0..<100 where unchanged?() == false {
                        try await Task.sleep(for: .milliseconds(5))
                        unchanged = subject.driver.unchanged(place)
                    }
                    try expect(unchanged?() ?? true, "it is changed before a change of \(key)")
                    if isDeletion { try await subject.delete(key) } else { try await subject.set(key, "2") }
                    try expect(unchanged?() != true, "it is unchanged after a change of \(key)")
                    try expect(unchanged?() != true, "it is unchanged again")
                }
                try await subject.set(place, "1")
            }
        },
        Promise("a path of which nothing is stored isn't unchanged after it was created, alone or in a document") {
            subject in
            for (number, name) in ["at", "above", "below"].enumerated() {
                let place = subject.key("n", "\(number)", "p")
                let unchanged = subject.driver.unchanged(place)
                let created = [place, subject.key("n", "\(number)"), subject.key("n", "\(number)", "p", "q")][number]
                try await subject.set(created, "{}")
                try expect(unchanged?() != true, "it is unchanged after a creation \(name) it")
            }
        },
        Promise("what a read returns while the path is unchanged is what the next read returns") { subject in
            let place = subject.key("r")
            let readers = Task {
                var confirmed = 0
                while !Task.isCancelled {
                    guard let unchanged = subject.driver.unchanged(place) else { return -1 }
                    let before = try await subject.node(place)
                    let after = try await subject.node(place)
                    guard unchanged() else { continue }
                    try expectEqual(before.leaf?.revision, after.leaf?.revision)
                    try expectEqual(before.below.map(\.revision), after.below.map(\.revision))
                    confirmed += 1
                }
                return confirmed
            }
            for round in 0..<300 {
                try await subject.set(round % 2 == 0 ? place : subject.key("r", "\(round % 5)"), "\(round)")
                try await Task.sleep(for: .microseconds(200))
            }
            readers.cancel()
            let confirmed = try await readers.value
            try expect(confirmed != 0, "no path was ever unchanged")
        },
    ]
}
