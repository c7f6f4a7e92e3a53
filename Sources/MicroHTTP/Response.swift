/// What a handler answers. The server adds `Date`, `Content-Length` and, where the connection ends, `Connection: close`.
///
/// A body is never sent in answer to `HEAD`, nor with 204 and 304, but `Content-Length` tells its length for `HEAD` and
/// 304: give a 304 the body that the 200 would have had, else it claims a length of 0 (RFC 9110 §8.6).
public struct Response: Sendable {
    /// 200 to 599; anything else is sent as 500.
    public var status: Int
    /// In the order in which they are sent; a name may come more than once.
    public var headers: [(name: String, value: String)]
    /// Not copied on its way out.
    public var body: [UInt8]
    /// Handed to the observer and nobody else, a transaction id for example.
    public var logFields: [(name: String, value: String)] = []
    let prepared: PreparedResponse?

    /// A response for one request.
    public init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
        prepared = nil
    }

    private init(_ prepared: PreparedResponse) {
        status = prepared.status
        headers = []
        body = []
        self.prepared = prepared
    }

    /// A response that was made before. Its status, headers and body are those of `response`, whatever is set here.
    public static func prepared(_ response: PreparedResponse) -> Response { Response(response) }

    /// Bytes of the body, wherever they are kept.
    var bodyCount: Int { prepared?.body.count ?? body.count }
}
