import MicroHTTP
import MicroJSON
import NestKVCore

extension WriteResult {
    /// The response headers of every write.
    var headers: HeaderFields {
        [
            .revision: String(revision), .durability: durability.rawValue,
            .eTag: node.exists ? node.etag.description : nil, .version: node.version.map { String($0) },
            .lastModified: node.modifiedAt?.lastModified,
        ]
    }

    /// The response to a write: its metadata, nothing or the whole entry, as the client prefers.
    ///
    /// It never throws, because the write is done and an error would suggest otherwise.
    consuming func response(to call: Call, _ options: WriteOptions) async -> Response {
        guard node.isLarge else { return await responseHere(to: call, options) }
        let parcel = Parcel(self)
        do {
            return try await call.computing(with: parcel) { await $0.responseHere(to: call, options) }
        } catch {
            // The pool is full.
            return await parcel.taken().responseHere(to: call, options)
        }
    }

    private func responseHere(to call: Call, _ options: WriteOptions) async -> Response {
        let prefers = call.request.preferredReturn
        var response = Response(status: isCreation ? 201 : 200, headers: headers)
        response.logFields = [("transaction", options.transactionID.description)]
        if isCreation { response.add(.location, call.api.keys.path(of: key)) }
        if let prefers { response.add(.preferenceApplied, "return=\(prefers.rawValue)") }
        if prefers == .minimal {
            if !isCreation { response.status = 204 }
            return response
        }
        response.add(.contentType, MediaType.json)
        let body =
            if prefers == .representation, let entry = try? await Entry(node, in: call.store) {
                entry.text
            } else {
                metadata(countsLeaves: call.query.has("flatten") || setCount + deletedCount > 1)
            }
        response.body = (try? body.body(isPretty: call.isPretty, call.store.limits)) ?? body.utf8
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
