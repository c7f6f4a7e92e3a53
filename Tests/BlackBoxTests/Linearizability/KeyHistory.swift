import TestSupport

/// What clients did with one key, and whether it is linearizable: whether there is an order in which the operations,
/// carried out one after the other, have the outcomes that they had. An operation that was answered before another was
/// sent comes before it.
///
/// - SeeAlso: Wing and Gong, "Testing and Verifying Concurrent Objects", 1993, for the search; Lowe, "Testing for
///   Linearizability", 2017, for remembering what was searched.
struct KeyHistory: Sendable {
    /// The operations that must be in the order, by the time at which they were sent.
    private let required: [KeyOperation]
    /// Those that may be in it: their outcome is unknown.
    private let optional: [KeyOperation]

    init(_ operations: [KeyOperation]) {
        self.init(
            required: operations.filter { $0.outcome != nil },
            optional: operations.filter { $0.outcome == nil && $0.request != .get })
    }

    private init(required: [KeyOperation], optional: [KeyOperation]) {
        self.required = required.sorted { $0.sent < $1.sent }
        self.optional = optional
    }

    /// The shortest part that has no order, whatever the value was before it; nil if the whole has one, from no value
    /// on.
    func refutedPart() throws -> [KeyOperation]? {
        guard let end = try refutedEnd(from: [nil]) else { return nil }
        // It has no order either from an operation on before which it has none. So the latest one can be halved out.
        var (refuted, longest) = (0, end)
        while longest - refuted > 1 {
            let middle = (refuted + longest) / 2
            if try part(from: middle, to: end).isRefuted() { refuted = middle } else { longest = middle }
        }
        let last = part(from: refuted, to: end)
        if try last.isRefuted() { return try last.withoutNeedless(from: nil) }
        return try KeyHistory(required: Array(required[..<end]), optional: optional).withoutNeedless(from: [nil])
    }

    private func part(from start: Int, to end: Int) -> KeyHistory {
        let since = required[start].sent
        // One that was under way then may be before or after what is left out.
        let underWay = required[..<start].filter { $0.answered > since && !$0.isWithoutEffect }
        return KeyHistory(required: Array(required[start..<end]), optional: optional + underWay)
    }

    private func isRefuted() throws -> Bool { try refutedEnd(from: anyStart) != nil }

    /// Every value that may have been there before: none, one that is not mentioned, and those that are read, except
    /// those that are written only here.
    private var anyStart: [Int?] {
        let written = Set(required.compactMap(\.request.written))
        let underWay = optional.compactMap(\.request.written)
        let read = required.compactMap { operation -> Int? in
            if case .found(let value)? = operation.outcome { return value }
            if case .replace(let value, by: _) = operation.request { return value }
            return nil
        }
        return [nil, -1] + Set(read + underWay).subtracting(written).map(Optional.some)
    }

    /// Leaves out what changes nothing and isn't needed to see that there is no order.
    private func withoutNeedless(from start: [Int?]?) throws -> [KeyOperation] {
        var needed = self
        for index in required.indices.reversed() where required[index].isWithoutEffect {
            var rest = needed.required
            rest.remove(at: index)
            let shorter = KeyHistory(required: rest, optional: optional)
            if try shorter.refutedEnd(from: start ?? shorter.anyStart) != nil { needed = shorter }
        }
        return (needed.required + optional).sorted { $0.sent < $1.sent }
    }
}

extension KeyHistory {
    /// How far an order has come.
    private struct Progress: Hashable {
        /// The first required operation that is not in it yet, and those after it that are.
        var next = 0
        var ahead: [Int] = []
        /// The optional ones that are in it.
        var taken: [Int] = []
        var value: Int?

        mutating func take(_ index: Int) {
            ahead.append(index)
            ahead.sort()
            while ahead.first == next {
                ahead.removeFirst()
                next += 1
            }
        }

        mutating func takeOptional(_ index: Int) {
            taken.append(index)
            taken.sort()
        }
    }

    /// The most steps of a search. A history with few unknown outcomes takes about as many as it has operations.
    private static let stepsMax = 200_000

    /// Searches for an order; nil if there is one. Otherwise the first required operations up to this number have none.
    private func refutedEnd(from values: [Int?]) throws -> Int? {
        var pending = values.map { Progress(value: $0) }
        // The rest of an order depends on nothing but the operations in it and the value.
        var seen = Set(pending)
        var end = 0
        while let progress = pending.popLast() {
            if progress.next == required.count { return nil }
            for step in steps(from: progress, &end).reversed() where seen.insert(step).inserted { pending.append(step) }
            guard seen.count < Self.stepsMax else { throw TestFailure("the search for an order takes too long") }
        }
        return end
    }

    /// Each way to continue an order: by an operation before which no other must come.
    ///
    /// - Parameter end: is raised to the number of operations that were looked at.
    private func steps(from progress: Progress, _ end: inout Int) -> [Progress] {
        var found: [Progress] = []
        var open: [KeyOperation] = []
        var firstAnswer = Int.max
        var index = progress.next
        while index < required.count, required[index].sent < firstAnswer {
            defer { index += 1 }
            end = max(end, index + 1)
            guard !progress.ahead.contains(index) else { continue }
            let operation = required[index]
            firstAnswer = min(firstAnswer, operation.answered)
            open.append(operation)
            guard operation.fits(progress.value) else { continue }
            var step = progress
            step.take(index)
            // One that changes nothing can as well be first.
            if operation.isWithoutEffect { return [step] }
            step.value = operation.request.carriedOut(on: progress.value).value
            found.append(step)
        }
        let possible = optional.indices.filter { optional[$0].sent < firstAnswer && !progress.taken.contains($0) }
        open += possible.map { optional[$0] }
        for index in possible where optional[index].fits(progress.value) {
            let value = optional[index].request.carriedOut(on: progress.value).value
            // One that the next operation doesn't need can as well come later, or never.
            guard open.contains(where: { $0.fits(value) && !$0.fits(progress.value) }) else { continue }
            var step = progress
            step.takeOptional(index)
            step.value = value
            found.append(step)
        }
        return found
    }
}
