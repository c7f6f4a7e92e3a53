import MicroText

/// Which schemas a server has. Each is asked for once.
final class ServerSchemas {
    private let client: HTTPClient
    private let persistence: Persistence
    private var known: [String: Bool] = [:]

    init(_ client: HTTPClient, _ persistence: Persistence) {
        (self.client, self.persistence) = (client, persistence)
    }

    /// Whether the server has the schema with a hash. One that it lacks is told.
    func has(_ hash: String) throws(CommandFailure) -> Bool {
        if let known = known[hash] { return known }
        let isThere = try persistence.persisting(client) {
            let reply = try client.send("GET", "/__schema/\(hash.utf8.percentEncoded)")
            let body = try reply.body(limit: 64 << 20)
            guard [200, 400, 404].contains(reply.status) else { throw ServerProblem(reply.status, body) }
            return reply.status == 200
        }
        known[hash] = isThere
        if !isThere {
            StandardStream.error.write(
                "nestkv: \(client.server) has no schema \(hash); its values are imported without a schema.\n")
        }
        return isThere
    }
}
