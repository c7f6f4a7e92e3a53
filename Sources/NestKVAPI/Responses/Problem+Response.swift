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
        body.member("type", "urn:nestkv:problem:\(code)")
        body.member("title", title)
        body.member("status", status)
        body.member("detail", detail)
        body.member("code", code)
        body.member("instance", "urn:nestkv:request:\(Request.uriPart(ofID: requestID))")
        writeExtras(to: &body)
        body.endObject()
        var headers = self.headers
        headers.add(.contentType, MediaType.problem)
        headers.add(.cacheControl, "no-store")
        return Response(status: status, headers: headers, body: body.bytes)
    }

    private func writeExtras(to body: inout JSONWriter) {
        if let limit {
            body.member("limit", limit)
        }
        if let position {
            body.member("line", position.line)
            body.member("column", position.column)
            body.member("offset", position.offset)
        }
        if let pointer {
            body.member("pointer", pointer)
        }
        if let index = opIndex ?? source?.operationIndex {
            body.member("opIndex", index)
        }
        if let conditionIndex {
            body.member("conditionIndex", conditionIndex)
        }
        if let cause {
            body.member("cause", cause)
        }
        source?.report?.write(to: &body)
        guard let current = source?.current, current.exists else { return }
        body.member("currentETag", current.etag.description)
        guard current.storedBytes <= Self.shownValueBytes else { return }
        body.member("currentValue", current.composed())
    }

    /// Renders a refusal by the HTTP server itself, before a request is complete.
    public static func response(to rejection: Rejection, requestID: String) -> Response {
        Problem(rejection).response(requestID: requestID)
    }
}
