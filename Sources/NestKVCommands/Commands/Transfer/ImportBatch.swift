import MicroJSON

/// Lines that are sent to a server in one request.
struct ImportBatch {
    private static let begin = Array(#"{"operations":["#.utf8)
    private static let end = Array("]}".utf8)

    /// The body of a request with operations.
    static func body(_ lines: some Sequence<ImportLine>) -> [UInt8] {
        begin + lines.map(\.operation).joined(separator: [UInt8(ascii: ",")]) + end
    }

    private(set) var lines: [ImportLine] = []
    /// The number of lines that are current leaves, not earlier versions.
    var leaves: Int { lines.count { !$0.isPast } }
    private var bytes = begin.count + end.count
    private let limits: ImportLimits

    init(_ limits: ImportLimits) {
        self.limits = limits
    }

    /// Adds a line.
    ///
    /// - Returns: false if the batch is full.
    mutating func add(_ line: ImportLine) -> Bool {
        let size = line.operation.count + 1
        guard lines.isEmpty || lines.count < limits.operations && bytes + size <= limits.bytes else { return false }
        lines.append(line)
        bytes += size
        return true
    }

    /// What came of a batch.
    struct Outcome {
        /// A message for each line that failed.
        var failures: [String] = []
        /// The lines at the end of the batch that must be sent again, together with the lines after them.
        var carried: [ImportLine] = []
    }

    /// Sends all lines. If the server can't take one for a while, that line and all after it are sent again.
    ///
    /// - Parameter isLast: whether no lines follow.
    func send(_ client: HTTPClient, _ persistence: Persistence, isLast: Bool) throws(CommandFailure) -> Outcome {
        var refused = try Self.sendEach(lines, client, persistence)
        // The server decides which schema a value at a bound path follows, so that it may be a newer one.
        for (index, problem) in refused {
            guard problem.code == "not-applicable", let other = lines[index].withoutSchema else { continue }
            refused[index] = nil
            for (_, again) in try Self.sendEach([other], client, persistence) { refused[index] = again }
        }
        return try together(refused, isLast: isLast, client, persistence)
    }

    /// Sends each line as an operation of its own.
    ///
    /// - Returns: the lines that were refused, by their indices.
    private static func sendEach(
        _ lines: [ImportLine], _ client: HTTPClient, _ persistence: Persistence
    ) throws(CommandFailure) -> [Int: ServerProblem] {
        var refused: [Int: ServerProblem] = [:]
        var rest = lines[...]
        while !rest.isEmpty {
            try persistence.persisting(client) {
                let results = try Self.send(rest, client)
                // Lines after one that must wait may have the same path, so the order must not change.
                let done = results.firstIndex { $0?.isPassing ?? false } ?? results.count
                for (index, problem) in results.prefix(done).enumerated() { refused[rest.startIndex + index] = problem }
                rest = rest.dropFirst(done)
                if done < results.count, let problem = results[done] { throw problem }
            }
        }
        return refused
    }

    /// The problem of each line; nil if it was stored. If a whole request is refused, it is sent again in two halves.
    private static func send(_ lines: ArraySlice<ImportLine>, _ client: HTTPClient) throws -> [ServerProblem?] {
        let reply = try client.send("POST", "/_batch", body: body(lines))
        let answer = try reply.body(limit: 256 << 20)
        guard reply.status == 200 else {
            let problem = ServerProblem(reply.status, answer)
            guard (400..<500).contains(reply.status), !problem.isPassing else { throw problem }
            guard lines.count > 1 else { return [problem] }
            let middle = lines.startIndex + lines.count / 2
            return try send(lines[..<middle], client) + send(lines[middle...], client)
        }
        let results = (try? JSONText(parsing: answer, limits: .anyServer))?.slice(at: [Array("results".utf8)])?.elements
        let problems = results?.map { element -> ServerProblem? in
            let result = JSONText(trusted: Array(element))
            guard let status = result.number(at: "status"), !(200..<300).contains(status) else { return nil }
            return ServerProblem(status, result.slice(at: [Array("problem".utf8)]))
        }
        guard let problems, problems.count == lines.count else {
            throw CommandFailure.failure("\(client.server) is not a nestkv server: it takes no batches.")
        }
        return problems
    }
}

/// The limits of one batch.
struct ImportLimits {
    /// Larger batches take memory and are not faster.
    private static let bytesMax = 4 << 20

    let operations: Int
    let bytes: Int

    /// Asks a server.
    init(of client: HTTPClient) throws {
        let capabilities = try client.fetch("GET", "/_capabilities").json()
        guard let operations = capabilities.number(at: "limits", "operations"),
            let bytes = capabilities.number(at: "limits", "batchBytes")
        else { throw CommandFailure.failure("\(client.server) is not a nestkv server: it takes no batches.") }
        (self.operations, self.bytes) = (operations, min(bytes, Self.bytesMax))
    }
}
