import MicroHTTP
import MicroJSON
import NestKVCore

extension Call {
    /// A response with one JSON object.
    func json(_ write: (inout JSONWriter) -> Void) throws(Problem) -> Response {
        var writer = JSONWriter(reserving: 512)
        writer.object(write)
        return Response(
            status: 200, headers: [.contentType: MediaType.json, .cacheControl: "no-store"],
            // The reply is sent in any case, unformatted if it would be too long.
            body: isPretty ? writer.text.pretty(maximumBytes: store.limits.composedBytes) ?? writer.bytes : writer.bytes
        )
    }

    /// A response with a body that isn't a value; 304 when the client has it.
    ///
    /// - Parameter etag: the body's entity tag; nil for a hash of its bytes.
    func response(
        _ body: [UInt8], _ type: String = MediaType.json, etag: EntityTag? = nil, link: String? = nil
    ) throws -> Response {
        let etag = etag ?? EntityTag(ofBytes: body)
        let response = Response(
            status: 200,
            headers: [.contentType: type, .eTag: etag.description, .cacheControl: "no-cache", .link: link], body: body)
        switch try request.precondition().evaluate(reading: etag) {
        case .holds: return response
        case .notModified: return response.notModified
        case .failed(let failure): throw StoreError.unmet(failure, current: nil)
        }
    }
}
