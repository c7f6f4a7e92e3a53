import Testing

/// The tests' own check of histories.
struct KeyHistoryTests {
    private typealias Row = (request: KeyRequest, outcome: KeyOutcome?, sent: Int, answered: Int)

    private static let linearizable: [[Row]] = [
        [],
        // One after the other.
        [
            (.get, .absent, 1, 2), (.put(1), .created, 3, 4), (.get, .found(1), 5, 6), (.create(2), .refused, 7, 8),
            (.replace(1, by: 3), .changed, 9, 10), (.replace(1, by: 4), .refused, 11, 12), (.delete, .changed, 13, 14),
            (.delete, .absent, 15, 16), (.create(5), .created, 17, 18), (.put(6), .changed, 19, 20),
        ],
        // Reads during a write see the old value or the new one.
        [
            (.put(1), .created, 1, 2), (.put(2), .changed, 3, 9), (.get, .found(1), 4, 5), (.get, .found(2), 6, 7),
            (.get, .found(2), 10, 11),
        ],
        // Writes that are under way together happen in any order.
        [(.put(1), .changed, 1, 4), (.put(2), .created, 2, 3), (.get, .found(1), 5, 6)],
        [(.put(1), .created, 1, 4), (.put(2), .changed, 2, 3), (.get, .found(2), 5, 6)],
        [(.create(1), .refused, 1, 4), (.create(2), .created, 2, 3), (.get, .found(2), 5, 6)],
        // A write whose outcome is unknown happens at once, later, or never.
        [(.put(1), .created, 1, 2), (.put(2), nil, 3, 0), (.get, .found(2), 4, 5)],
        [(.put(1), .created, 1, 2), (.put(2), nil, 3, 0), (.get, .found(1), 4, 5), (.get, .found(2), 6, 7)],
        [(.put(1), .created, 1, 2), (.delete, nil, 3, 0), (.put(4), .created, 5, 6)],
        [(.put(1), .created, 1, 2), (.delete, nil, 3, 0), (.get, .found(1), 5, 6)],
        [
            (.put(1), .created, 1, 2), (.delete, nil, 3, 0), (.create(2), nil, 4, 0), (.replace(2, by: 3), nil, 5, 0),
            (.get, .found(1), 6, 7), (.get, .found(3), 8, 9),
        ],
        [(.get, nil, 1, 0), (.replace(1, by: 2), nil, 2, 0), (.get, .absent, 5, 6)],
    ]

    private static let refuted: [(what: String, rows: [Row], part: [Int])] = [
        (
            "a read is older than an acknowledged write",
            [
                (.get, .absent, 1, 2), (.put(1), .created, 3, 4), (.get, .found(1), 5, 6), (.put(2), .changed, 7, 8),
                (.get, .found(1), 9, 10), (.get, .found(2), 11, 12),
            ], [3, 4]
        ),
        (
            "a read goes back during a write",
            [
                (.put(1), .created, 1, 2), (.put(2), .changed, 3, 20), (.get, .found(1), 4, 5), (.get, .found(2), 6, 7),
                (.get, .found(1), 8, 9), (.get, .found(2), 21, 22),
            ], [1, 3, 4]
        ),
        (
            "both of two updates of one value are made, so one is lost",
            [
                (.put(1), .created, 1, 2), (.get, .found(1), 3, 4), (.replace(1, by: 2), .changed, 5, 8),
                (.replace(1, by: 3), .changed, 6, 7), (.get, .found(3), 9, 10),
            ], [2, 3]
        ),
        (
            "an acknowledged write is lost",
            [(.put(1), .created, 1, 2), (.put(2), nil, 3, 0), (.get, .absent, 4, 5)], [0, 1, 2]
        ),
        (
            "two clients create one value",
            [(.create(1), .created, 1, 3), (.create(2), .created, 2, 4), (.get, .found(2), 5, 6)], [0, 1]
        ),
        (
            "a deleted value is there again",
            [
                (.put(1), .created, 1, 2), (.get, .found(1), 3, 4), (.delete, .changed, 5, 6), (.get, .absent, 7, 8),
                (.get, .found(1), 9, 10),
            ], [3, 4]
        ),
        (
            "a replaced value is there again after an unknown outcome",
            [
                (.put(1), .created, 1, 2), (.put(2), nil, 3, 0), (.get, .found(2), 4, 5), (.get, .found(1), 6, 7),
                (.get, .found(2), 8, 9),
            ], [1, 2, 3]
        ),
        (
            "a refusal has no reason",
            [(.put(1), .created, 1, 2), (.replace(1, by: 2), .refused, 3, 4), (.get, .found(1), 5, 6)], [0, 1]
        ),
        ("a value was never written", [(.get, .found(7), 1, 2)], [0]),
        ("a value is read before it is written", [(.get, .found(1), 1, 2), (.put(1), .created, 3, 4)], [0]),
    ]

    @Test(arguments: linearizable.indices)
    func `a history that some order explains is accepted`(_ index: Int) throws {
        #expect(try Self.history(Self.linearizable[index]).refutedPart() == nil)
    }

    @Test(arguments: refuted.indices)
    func `a history that no order explains is refuted by its last part`(_ index: Int) throws {
        let (what, rows, expected) = Self.refuted[index]
        let part = try Self.history(rows).refutedPart()
        #expect(part?.map(\.sent) == expected.map { rows[$0].sent }, "\(what)")
    }

    /// As long as those of the tests that run a service, with some unknown outcomes.
    @Test func `one stale read in a long history is found`() throws {
        var rows: [Row] = []
        for number in 1...1000 {
            let time = number * 10
            if number % 100 == 0 { rows.append((.put(-number), nil, time + 1, 0)) }
            rows.append((.put(number), number == 1 ? .created : .changed, time + 2, time + 5))
            rows.append((.get, .found(number), time + 4, time + 6))
            rows.append((.get, .found(number), time + 7, time + 8))
        }
        #expect(try Self.history(rows).refutedPart() == nil)
        let last = rows.count - 1
        rows[last].outcome = .found(998)
        let part = try #require(try Self.history(rows).refutedPart())
        #expect(part.filter { $0.outcome != nil }.map(\.sent) == rows[(last - 2)...].map(\.sent))
    }

    private static func history(_ rows: [Row]) -> KeyHistory {
        KeyHistory(rows.map { KeyOperation($0.request, $0.outcome, sent: $0.sent, answered: $0.answered) })
    }
}
