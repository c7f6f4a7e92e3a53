import MicroHTTP
import MicroJSON
import NestKVCore

extension WriteResult {
    /// The response headers of every write.
    var headers: HeaderFields {
        [
            .revision: String(revision), .durability: durability.rawValue,
            .eTag: node.exists ? node.etag.description : nil, .version: node.version.map { String($0) },
            .lastModified: node.modifiedAt?.lastModified, .schemaErrors: brokenRules > 0 ? String(brokenRules) : nil,
        ]
    }

    /// The response to a write: its metadata, nothing or the whole entry, as the client prefers, or the value that the
    /// operation returns.
    ///
    /// It never throws, because the write is done and an error would suggest otherwise.
    consuming func response(to call: Call, _ write: WriteRequest) async -> Response {
        guard node.isLarge else { return await responseHere(to: call, write) }
        let parcel = Parcel(self)
        do {
            return try await call.computing(with: parcel) { await $0.responseHere(to: call, write) }
        } catch {
            // The pool is full.
            return await parcel.taken().responseHere(to: call, write)
        }
    }

    private func responseHere(to call: Call, _ write: WriteRequest) async -> Response {
        guard call.request.preferredReturn == .representation, !write.operation.hasOwnResponse,
            let entry = try? await Entry(node, in: call.store)
        else {
            return briefResponse(to: call, write)
        }
        return response(to: call, write, entry.text)
    }

    /// The response, but never the whole entry.
    func briefResponse(to call: Call, _ write: WriteRequest) -> Response {
        let traits = write.operation.traits
        if traits.contains(.removesValue) { return response(status: 204, write) }
        if traits.contains(.givesAnswer) {
            var response = response(status: 200, write)
            if answer == nil { response.add(.previous, "absent") }
            response.set(answer ?? .null, for: call)
            return response
        }
        return response(
            to: call, write,
            call.request.preferredReturn == .minimal
                ? nil : metadata(countsLeaves: call.query.has("flatten") || setCount + deletedCount > 1))
    }

    /// The response of an operation that sets the path, with a body or without one.
    private func response(to call: Call, _ write: WriteRequest, _ body: @autoclosure () -> JSONText?) -> Response {
        var response = response(status: isCreation ? 201 : 200, write)
        if isCreation { response.add(.location, call.api.keys.path(of: key)) }
        if let preferred = call.request.preferredReturn {
            response.add(.preferenceApplied, "return=\(preferred.rawValue)")
        }
        if let body = body() {
            response.set(body, for: call)
        } else if !isCreation {
            response.status = 204
        }
        return response
    }

    private func response(status: Int, _ write: WriteRequest) -> Response {
        var response = Response(status: status, headers: headers)
        response.logFields = [("transaction", write.options.transactionID.description)]
        return response
    }

    private func metadata(countsLeaves: Bool) -> JSONText {
        var writer = JSONWriter(reserving: 512)
        writer.beginObject()
        node.writeMetadata(to: &writer)
        if countsLeaves {
            writer.member("leavesSet", setCount)
            writer.member("leavesDeleted", deletedCount)
        }
        writer.endObject()
        return writer.text
    }
}

extension WriteResult {
    /// The response to the deletion of something that the service keeps of its own.
    var deletion: Response {
        Response(status: 204, headers: [.revision: String(revision), .durability: durability.rawValue])
    }
}

extension Response {
    /// Says of something that the service keeps of its own how it was written.
    mutating func note(_ result: WriteResult, for call: Call) {
        status = result.isCreation ? 201 : 200
        add(.revision, String(result.revision))
        add(.durability, result.durability.rawValue)
        if result.isCreation { add(.location, call.api.keys.path(of: call.key)) }
    }

    /// Sets the body to a text, laid out as the request asks.
    fileprivate mutating func set(_ text: JSONText, for call: Call) {
        add(.contentType, MediaType.json)
        body = (try? text.body(isPretty: call.isPretty, call.store.limits)) ?? text.utf8
    }
}

extension WriteOperation {
    /// Whether the response to it is always the same kind, whatever the client prefers.
    fileprivate var hasOwnResponse: Bool {
        traits.contains(.removesValue) || traits.contains(.givesAnswer)
    }
}
