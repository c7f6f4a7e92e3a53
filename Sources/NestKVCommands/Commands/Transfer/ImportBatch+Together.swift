extension ImportBatch {
    /// Stores the leaves of a value together if its schema refuses them one by one: a part of the value may lack what
    /// is required of the whole.
    ///
    /// - Parameters:
    ///   - refused: the problems of lines, by their indices.
    ///   - isLast: whether no lines follow. Otherwise the leaves of the last value may continue there.
    func together(
        _ refused: [Int: ServerProblem], isLast: Bool, _ client: HTTPClient, _ persistence: Persistence
    ) throws(CommandFailure) -> Outcome {
        var outcome = Outcome()
        var tried: [String: Bool] = [:]
        for (index, problem) in refused.sorted(by: { $0.key < $1.key }) {
            if problem.code == "schema-violation", let path = problem.path {
                if tried[path] == nil {
                    let value = lines.indices.filter { lines[$0].path.isAtOrBelow(path) && !lines[$0].isPast }
                    if !isLast, let first = value.first, first > 0, value.last == lines.count - 1 {
                        outcome.carried = Array(lines[first...])
                        return outcome
                    }
                    let parts = value.map { lines[$0] }
                    tried[path] = parts.count > 1 ? try Self.store(parts, client, persistence) : false
                }
                if tried[path] == true { continue }
            }
            outcome.failures.append("Line \(lines[index].number) (\(lines[index].path)): \(problem.detail)")
        }
        return outcome
    }

    /// Stores lines in one commit.
    ///
    /// - Returns: false if the server refuses it.
    private static func store(
        _ lines: [ImportLine], _ client: HTTPClient, _ persistence: Persistence
    ) throws(CommandFailure) -> Bool {
        try persistence.persisting(client) {
            do {
                _ = try client.fetch("POST", "/_transaction", body: body(lines))
                return true
            } catch let problem as ServerProblem where !problem.isPassing {
                return false
            }
        }
    }
}
