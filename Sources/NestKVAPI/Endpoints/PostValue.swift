import MicroHTTP
import MicroJSON
import MicroText
import NestKVCore

/// The operations of `?op=`.
enum PostOperation: String, CaseIterable {
    case increment, swap, expire, persist, restore
    case compareAndSwap = "compare-and-swap"

    /// The operation's parameters, besides those of every `POST`.
    var parameters: [String] {
        switch self {
        case .increment: ["by", "ttl"]
        case .swap, .compareAndSwap, .expire: ["ttl"]
        case .persist: []
        case .restore: ["version", "ttl"]
        }
    }

    /// The members of the body; in a batch they are members of the operation.
    var bodyMembers: [String] {
        switch self {
        case .swap: ["value"]
        case .compareAndSwap: ["old", "new"]
        case .increment, .expire, .persist, .restore: []
        }
    }

    /// The operation with this name.
    init(name: String, _ code: Problem.Code) throws(Problem) {
        guard let operation = PostOperation(rawValue: name) else {
            let known = PostOperation.allCases.map(\.rawValue).joined(separator: ", ")
            throw Problem(code, "There is no operation '\(name)'. Known operations: \(known).")
        }
        self = operation
    }
}

extension Route {
    /// `POST`: stores the body as a new child with a time-ordered name, or carries out the operation `?op=`.
    static let postValue = Route(
        .post, Route.tree, needs: .write, parameters: ["op", "by", "version", "ttl", "leaf", "pretty"]
    ) { call in
        guard let name = call.query.text("op") else { return try await append(call) }
        let operation = try PostOperation(name: name, .invalidParameter)
        try call.query.require(operation.parameters + ["op", "leaf", "pretty"], for: "'op=\(name)'")
        let options = try call.writeOptions(call.view())
        let request = WriteRequest(try call.write(operation, options), at: call.key, options)
        return try await call.once { marker in
            let result = try await call.store.write([request] + marker, if: [])[0]
            switch operation {
            case .increment, .swap: return result.answerResponse(to: call, options)
            default: return await result.response(to: call, options)
            }
        }
    }

    private static func append(_ call: Call) async throws -> Response {
        try call.query.require(["ttl", "pretty"], for: "an append")
        let options = try call.writeOptions(.tree)
        return try await call.write(.append(try call.jsonBody()), options)
    }
}

extension Call {
    fileprivate func write(_ operation: PostOperation, _ options: WriteOptions) throws -> WriteOperation {
        switch operation {
        case .increment:
            return .increment(by: try amount())
        case .swap:
            return .swap(try jsonBody())
        case .compareAndSwap:
            return try .compareAndSwap(JSONValue(try jsonBody()))
        case .expire:
            guard options.lifetime != nil else {
                throw Problem(
                    .invalidParameter, "'op=expire' needs a lifetime; add '&ttl=30s' or the header Nestkv-TTL.")
            }
            return .expire
        case .persist:
            return .persist
        case .restore:
            guard let version = try query.number("version", in: 1...UInt64.max) else {
                throw Problem(.invalidParameter, "'op=restore' needs a version; add for example '&version=3'.")
            }
            return .restore(version: version)
        }
    }

    private func amount() throws(Problem) -> JSONText {
        try query.read("by", .jsonNumber) ?? .integer(1)
    }
}

extension WriteOperation {
    /// Reads a compare-and-swap from its body, `{"old":…,"new":…}`.
    static func compareAndSwap(_ body: JSONValue) throws(Problem) -> WriteOperation {
        guard case .object(let members) = body, members.count == 2, let old = members["old"], let new = members["new"]
        else {
            throw Problem(.invalidJSON, "The body must be an object with exactly the members 'old' and 'new'.")
        }
        return .compareAndSwap(expected: old, new.text)
    }
}

extension WriteResult {
    /// The response with the value that the operation returns.
    fileprivate func answerResponse(to call: Call, _ options: WriteOptions) -> Response {
        var response = Response(status: 200, headers: headers)
        response.logFields = [("transaction", options.transactionID.description)]
        if answer == nil { response.add(.previous, "absent") }
        response.add(.contentType, MediaType.json)
        let body = answer ?? .null
        response.body = (try? body.body(isPretty: call.isPretty, call.store.limits)) ?? body.utf8
        return response
    }
}
