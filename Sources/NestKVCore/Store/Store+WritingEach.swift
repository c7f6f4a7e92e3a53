import MicroJSON
import NestKVStorage

/// The outcome of one of several independent writes.
public typealias WriteOutcome = Result<WriteResult, StoreError>

extension Store {
    /// Carries out writes independently: a failure of one doesn't affect the others.
    ///
    /// Writes to unrelated paths run concurrently, so that a store can commit them as a group. A write at, above or
    /// below the path of an earlier one runs after it. Writes to one large document share commits, because each commit
    /// stores the whole document.
    ///
    /// - Returns: the outcomes in the order of the requests. The values in them have at most
    ///   ``StoreLimits/composedBytes`` in total.
    public func writeEach(_ requests: [WriteRequest]) async -> [WriteOutcome] {
        let answers = AnswerBudget(bytes: limits.composedBytes)
        let requests = requests.map { $0.charging(answers) }
        let documents = await largeDocuments(requests)
        var outcomes: [WriteOutcome?] = Array(repeating: nil, count: requests.count)
        var rest = Array(requests.indices)
        while let first = rest.first {
            let turn: [Int]
            if let document = documents.first(where: { $0.contains(requests[first].key) }) {
                // Writes above the document also write to it. Those elsewhere may come later.
                turn = rest.prefix { !requests[$0].key.isAncestor(of: document) }
                    .filter { document.contains(requests[$0].key) }
                let results = await writeTogether(turn.map { requests[$0] }[...])
                for (index, result) in zip(turn, results) { outcomes[index] = result }
                let done = Set(turn)
                rest.removeAll { done.contains($0) }
            } else {
                turn = rest.unrelated { index in
                    let key = requests[index].key
                    return documents.contains { $0.contains(key) } ? nil : key
                }
                await withTaskGroup(of: (Int, WriteOutcome).self) { group in
                    for index in turn { group.addTask { (index, await self.outcome(of: requests[index])) } }
                    for await (index, outcome) in group { outcomes[index] = outcome }
                }
                rest.removeFirst(turn.count)
            }
        }
        return outcomes.map { $0! }
    }

    /// Carries out writes to one document, as many as possible in one commit.
    private func writeTogether(_ requests: ArraySlice<WriteRequest>) async -> [WriteOutcome] {
        var outcomes: [WriteOutcome] = []
        var rest = requests
        while !rest.isEmpty {
            do throws(StoreError) {
                outcomes += try await write(Array(rest), if: []).map { .success($0) }
                break
            } catch {
                if let index = error.writeIndex, error.code != .schemaViolation {
                    // The writes before the one that failed don't depend on it.
                    outcomes += await writeTogether(rest.prefix(index))
                    outcomes.append(.failure(error.about { $0.writeIndex = nil }))
                    rest = rest.dropFirst(index + 1)
                } else if error.isOfTheCommit, rest.count > 1 {
                    for request in rest { outcomes.append(await outcome(of: request)) }
                    break
                } else {
                    outcomes += rest.map { _ in .failure(error) }
                    break
                }
            }
        }
        return outcomes
    }

    private func outcome(of request: WriteRequest) async -> WriteOutcome {
        do throws(StoreError) {
            return .success(try await write([request], if: [])[0])
        } catch {
            return .failure(error.about { $0.writeIndex = nil })
        }
    }

    /// The paths of documents that many of the requests write to and that are too large to be stored for each of them.
    /// None of them is below another.
    private func largeDocuments(_ requests: [WriteRequest]) async -> [Key] {
        guard requests.count >= Load.manyWrites else { return [] }
        var loads: [Key: Load] = [:]
        for request in requests {
            let load = request.operation.load
            loads[request.key, default: Load()].add(load.bytes, replaces: load.replaces)
            for ancestor in request.key.ancestors { loads[ancestor, default: Load()].add(load.bytes, replaces: false) }
        }
        let busy = loads.filter { $0.value.writes >= Load.manyWrites }
        return await withTaskGroup(of: Key?.self) { group in
            for (key, load) in busy {
                group.addTask {
                    let stored = try? await self.get(key, .leaf).soleLeaf?.value.utf8.count
                    guard stored != nil || load.isWrittenWhole else { return nil }
                    return load.size(stored: stored ?? 0) > Load.largeBytes ? key : nil
                }
            }
            var documents: [Key] = []
            for await case let key? in group { documents.append(key) }
            return Key.outermost(documents)
        }
    }
}

/// The writes to a path and to those below it.
private struct Load {
    /// So many writes are worth a read of what they write to.
    static let manyWrites = 8
    /// A commit of a document of this size takes some milliseconds on a disk.
    static let largeBytes = 64 << 10

    private(set) var writes = 0
    /// The largest value that replaces the path's.
    private var largest = 0
    /// The bytes of all values that become a part of the path's.
    private var added = 0
    /// Whether a value is written to exactly the path: no JSON text is empty.
    var isWrittenWhole: Bool { largest > 0 }

    /// The most bytes that the writes make of a document.
    func size(stored: Int) -> Int { max(stored, largest) + added }

    /// Counts a write with this many bytes.
    ///
    /// - Parameter replaces: whether they replace the path's value.
    mutating func add(_ bytes: Int, replaces: Bool) {
        writes += 1
        if replaces { largest = max(largest, bytes) } else { added += bytes }
    }
}

extension WriteRequest {
    fileprivate func charging(_ answers: AnswerBudget) -> WriteRequest {
        var options = options
        options.answers = answers
        return WriteRequest(operation, at: key, options)
    }
}

extension StoreError {
    /// Whether a commit of several writes failed without an effect, for a reason that each of them alone may not have.
    var isOfTheCommit: Bool {
        switch code {
        case .unsupported, .subtreeTooLarge, .valueTooLarge, .contention, .schemaViolation: true
        default: false
        }
    }
}

extension [Int] {
    /// The leading elements whose paths are unrelated: none is at, above or below another. Ends before an element whose
    /// path is nil.
    fileprivate func unrelated(_ path: (Int) -> Key?) -> [Int] {
        var taken: Set<Key> = [], above: Set<Key> = []
        return Array(
            prefix { index in
                guard let key = path(index) else { return false }
                let ancestors = key.ancestors
                guard !taken.contains(key), !above.contains(key), taken.isDisjoint(with: ancestors) else {
                    return false
                }
                taken.insert(key)
                above.formUnion(ancestors)
                return true
            })
    }
}
