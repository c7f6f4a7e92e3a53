import MicroHTTP
import MicroJSON

extension Problem {
    /// A failed precondition returns a current value of at most this many bytes.
    static let shownValueBytes = 64 << 10

    /// The response with the problem as its body.
    func response(to request: Request) -> Response {
        response(requestID: request.id)
    }

    private func response(requestID: String) -> Response {
        var body = JSONWriter(reserving: 512)
        body.beginObject()
        body.name("type")
        body.string("urn:nestkv:problem:\(code)")
        body.name("title")
        body.string(title)
        body.name("status")
        body.integer(status)
        body.name("detail")
        body.string(detail)
        body.name("code")
        body.string(code)
        body.name("instance")
        body.string("urn:nestkv:request:\(Request.uriPart(ofID: requestID))")
        writeExtras(to: &body)
        body.endObject()
        var headers = self.headers
        headers.add(.contentType, "application/problem+json")
        headers.add(.cacheControl, "no-store")
        return Response(status: status, headers: headers, body: body.bytes)
    }

    private func writeExtras(to body: inout JSONWriter) {
        if let limit {
            body.name("limit")
            body.integer(limit)
        }
        if let position {
            body.name("line")
            body.integer(position.line)
            body.name("column")
            body.integer(position.column)
            body.name("offset")
            body.integer(position.offset)
        }
        if let pointer {
            body.name("pointer")
            body.string(pointer)
        }
        if let index = opIndex ?? source?.operationIndex {
            body.name("opIndex")
            body.integer(index)
        }
        if let conditionIndex {
            body.name("conditionIndex")
            body.integer(conditionIndex)
        }
        if let cause {
            body.name("cause")
            body.string(cause)
        }
        guard let current = source?.current, current.exists else { return }
        body.name("currentETag")
        body.string(current.etag.description)
        guard current.storedBytes <= Self.shownValueBytes else { return }
        body.name("currentValue")
        body.raw(current.composed())
    }

    /// Renders a refusal by the HTTP server itself, before a request is complete.
    public static func response(to rejection: Rejection, requestID: String) -> Response {
        Problem(rejection).response(requestID: requestID)
    }
}
