import Logging
import MicroJSON
import NestKVStorage

/// JetStream's requests, and the server's features.
struct JetStream: Sendable {
    /// The connection.
    let connection: Connection
    /// The level of the server's API: 0 up to 2.10, 1 for 2.11, 2 for 2.12, …
    let level: Int
    /// Logs repeated reads.
    let logger: Logger

    /// Whether one direct get can read several leaves (2.11).
    var hasBatchGet: Bool { level >= 1 }
    /// Whether several messages can be written all or nothing (2.12).
    var hasAtomicBatch: Bool { level >= 2 }

    /// The most messages of an atomic batch.
    static let batchMax = 1000

    /// Asks the server for its features.
    ///
    /// - Throws: ``DriverError`` `.configuration` if it has no JetStream.
    init(_ connection: Connection, logger: Logger) async throws(DriverError) {
        self.connection = connection
        self.logger = logger
        let message: Message
        do throws(ConnectionFailure) {
            message = try await connection.request(Outgoing(subject: "$JS.API.INFO"))
        } catch {
            throw DriverError(
                .configuration,
                "The NATS server doesn't answer requests about JetStream. In a cluster, most servers must be running.",
                cause: "\(error)")
        }
        let answer = Answer(message)
        guard message.status != 503, answer.problem == nil else {
            throw DriverError(
                .configuration,
                "The NATS server has no JetStream for this user: start it with '-js', or enable JetStream for the "
                    + "account.", cause: answer.problem?.text)
        }
        level = Int(answer["api"]["level"].count)
    }

    /// An API request that changes nothing. If it isn't answered, it is repeated a few times, with jitter.
    func read(_ name: String, _ body: [UInt8] = []) async throws(DriverError) -> Answer {
        try await retrying { () async throws(ConnectionFailure) in
            Answer(try await connection.request(Outgoing(subject: "$JS.API.\(name)", payload: body)))
        }
    }

    /// Repeats a read that found no connection, at most twice, so that replacing a connection fails no request.
    func retrying<Result: Sendable>(
        _ body: () async throws(ConnectionFailure) -> Result
    ) async throws(DriverError) -> Result {
        for attempt in 1... {
            do throws(ConnectionFailure) {
                return try await body()
            } catch {
                guard attempt < 3, case .noAnswer = error, connection.problem == nil else { throw .reading(error) }
                logger.debug(
                    "a read is repeated", metadata: ["attempt": .stringConvertible(attempt), "reason": "\(error)"])
                try? await Task.sleep(for: .milliseconds(Int.random(in: 5...20) << attempt))
            }
        }
        fatalError("the loop ends by returning or throwing")
    }

    /// The names of all buckets' streams.
    func bucketNames() async throws(DriverError) -> [String] {
        var names: [String] = []
        while true {
            let answer = try await read(
                "STREAM.NAMES", .json(("subject", .string("$KV.*.>")), ("offset", .integer(names.count))))
            if let problem = answer.problem { throw .api(problem) }
            let page = answer["streams"].elements.compactMap(\.string)
            names += page
            if page.isEmpty || names.count >= Int(answer["total"].count) { break }
        }
        return names.filter { $0.hasPrefix("KV_") }.map { String($0.dropFirst(3)) }
    }

    /// The server's description of a stream; nil if the stream doesn't exist.
    func streamInfo(_ stream: String) async throws(DriverError) -> Answer? {
        let answer = try await read("STREAM.INFO.\(stream)")
        guard let problem = answer.problem else { return answer }
        if problem.isNoStream { return nil }
        throw .api(problem)
    }
}

extension [UInt8] {
    /// A request's body: an object of these members.
    static func json(_ members: (String, JSONValue)...) -> [UInt8] {
        var object = JSONObject()
        for (name, value) in members { object[name] = value }
        return JSONValue.object(object).text.utf8
    }
}

extension DriverError {
    /// A read that failed.
    static func reading(_ failure: ConnectionFailure) -> DriverError {
        switch failure {
        case .notSent(let reason), .noAnswer(let reason):
            DriverError(.unavailable, "The store is unavailable: \(reason).")
        case .tooLarge: writing(failure)
        }
    }

    /// A write that failed.
    static func writing(_ failure: ConnectionFailure) -> DriverError {
        switch failure {
        case .notSent(let reason): DriverError(.unavailable, "The store is unavailable: \(reason).")
        case .noAnswer(let reason):
            DriverError(
                .unknown, "The write may or may not have happened: \(reason). Read the value to find out.")
        case .tooLarge(let limit):
            DriverError(
                .tooLarge,
                "The NATS server takes at most \(limit) bytes for a value with its metadata. Raise the server's "
                    + "'max_payload'.", limit: limit)
        }
    }

    /// The error for a request that JetStream refused.
    ///
    /// - Parameter limit: the most bytes of a message with its headers.
    static func api(_ problem: APIProblem, limit: Int? = nil) -> DriverError {
        let text = "\(problem.text) (\(problem.code))"
        if problem.isFull {
            return DriverError(.full, "The NATS server has no room: \(text). Raise its limits, or delete values.")
        }
        // More replicas were requested than there are servers.
        if problem.code == 10074 || problem.code == 10005 {
            return DriverError(.unsupported, "The NATS server can't create the bucket: \(text).")
        }
        if problem.code == 10054 || problem.code == 10097 {
            let most = limit.map { " of at most \($0) bytes" } ?? ""
            return DriverError(
                .tooLarge,
                "The bucket takes messages\(most) for a value with its metadata, and this one is larger. Raise its "
                    + "'max_msg_size' with 'nats stream edit --max-msg-size'.", cause: text, limit: limit)
        }
        if problem.code == 10109 {
            return DriverError(.unsupported, "The bucket is sealed, so it takes no changes: \(text).")
        }
        return DriverError(.unavailable, "The NATS server refuses the request: \(text).")
    }
}
