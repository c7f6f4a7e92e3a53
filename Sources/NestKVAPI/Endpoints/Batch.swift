import MicroHTTP
import MicroJSON
import NestKVCore

extension Route {
    /// `POST /_batch`: carries out many operations independently and returns their results in order.
    static let batch = Route(.post, "/_batch", needs: .write, parameters: ["pretty"], isDear: true) { call in
        try call.requireNoIdempotencyKey("a batch, because its operations are independent of each other")
        let requests = try call.api.operations(call.jsonObject(known: ["operations"]))
        var outcomes = await call.store.writeEach(requests.compactMap { try? $0.get() })[...]
        return try call.json { writer in
            writer.array("results", of: requests) { writer, request in
                let result = request.flatMap { request in
                    outcomes.removeFirst().map { (request, $0) }.mapError { Problem($0, statedIn: .operation) }
                }
                switch result {
                case .success(let (request, result)): result.write(to: &writer, request.operation, call.api.keys)
                case .failure(var problem):
                    // A thousand current values may exceed the limit on a reply.
                    if writer.bytes.count > call.store.limits.composedBytes / 2 { problem.source?.current = nil }
                    problem.writeResult(to: &writer, call.request)
                }
            }
        }
    }

    /// `POST /_transaction`: carries out many operations, all or nothing, under conditions.
    static let transaction = Route(.post, "/_transaction", needs: .write, parameters: ["pretty"], isDear: true) {
        call in
        let body = try call.jsonObject(known: ["operations", "if"])
        let requests = try call.api.operations(body).allOrProblem()
        let conditions = try call.api.conditions(body)
        return try await call.once { marker in
            let results: [WriteResult]
            do throws(StoreError) {
                results = try await call.store.write(requests + marker, if: conditions)
            } catch {
                throw Problem(transaction: error)
            }
            return try call.response(requests, results)
        }
    }
}

extension Call {
    fileprivate func response(_ requests: [WriteRequest], _ results: [WriteResult]) throws(Problem) -> Response {
        var response = try json { writer in
            if let last = results.last {
                writer.member("revision", last.revision)
                writer.member("durability", last.durability.rawValue)
            }
            writer.array("results", of: zip(requests, results)) { writer, pair in
                pair.1.write(to: &writer, pair.0.operation, api.keys)
            }
        }
        if let last = results.last {
            response.add(.revision, String(last.revision))
            response.add(.durability, last.durability.rawValue)
        }
        return response
    }
}

/// One request of a batch, or the problem with it.
private typealias Read = Result<WriteRequest, Problem>

extension [Read] {
    /// All requests, or the problem of the first that has one, with its index.
    fileprivate func allOrProblem() throws(Problem) -> [WriteRequest] {
        var requests: [WriteRequest] = []
        for (index, read) in enumerated() {
            do throws(Problem) {
                requests.append(try read.get())
            } catch {
                var problem = error
                problem.opIndex = index
                throw problem
            }
        }
        return requests
    }
}

extension WriteResult {
    /// Writes the result of one operation of a batch or transaction.
    fileprivate func write(to writer: inout JSONWriter, _ operation: any WriteOperation, _ keys: any KeyService) {
        writer.beginObject()
        writer.member("status", status(of: operation))
        writer.member("path", keys.path(of: key))
        writer.member("revision", revision)
        if let version = node.version {
            writer.member("version", version)
        }
        if node.exists {
            writer.member("etag", node.etag.description)
        }
        if operation.traits.contains(.givesAnswer) {
            writer.member("value", answer ?? .null)
        }
        if brokenRules > 0 { writer.member("schemaErrors", brokenRules) }
        writer.endObject()
    }

    private func status(of operation: any WriteOperation) -> Int {
        if operation.traits.contains(.removesValue) { return 204 }
        return isCreation && !operation.traits.contains(.givesAnswer) ? 201 : 200
    }
}

extension Problem {
    /// Writes the failure of one operation of a batch or transaction.
    fileprivate func writeResult(to writer: inout JSONWriter, _ request: Request) {
        writer.object { writer in
            writer.member("status", status)
            writer.member("problem", JSONText(trusted: response(to: request).body))
        }
    }
}

extension Call {
    /// The request's body, which must be an object with only these members.
    fileprivate func jsonObject(known: [String]) throws -> JSONObject {
        // A value is nested in an operation, in the list, in the object.
        let body = try jsonBody(maximumBytes: api.batchBytes, levelsAround: 3)
        guard case .object(let members) = JSONValue(body) else {
            throw Problem(.invalidJSON, "The body must be an object with the member '\(known[0])'.")
        }
        try members.requireOnly(known)
        return members
    }
}
