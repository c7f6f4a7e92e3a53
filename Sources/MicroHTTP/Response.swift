/// What a handler answers. The server adds `Date`, `Content-Length` and, where the connection ends,
/// `Connection: close`.
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
    /// Whether the client can simply ask again, so that 503 may be said in its place while too much is in flight. Nil:
    /// when the request's method is safe (RFC 9110 §9.2.1).
    public var isRepeatable: Bool?
    /// Held for as long as the body is being sent, for others who ask for the same meanwhile.
    public var source: Source?
    let prepared: PreparedResponse?
    /// Takes the body of a response that goes on.
    let open: (@Sendable (ResponseStream) -> Void)?

    /// A response for one request.
    public init(status: Int, headers: [(name: String, value: String)] = [], body: [UInt8] = []) {
        self.status = status
        self.headers = headers
        self.body = body
        prepared = nil
        open = nil
    }

    private init(
        status: Int, headers: [(name: String, value: String)], open: @escaping @Sendable (ResponseStream) -> Void
    ) {
        self.status = status
        self.headers = headers
        body = []
        prepared = nil
        self.open = open
    }

    private init(_ prepared: PreparedResponse) {
        status = prepared.status
        headers = []
        body = []
        self.prepared = prepared
        open = nil
    }

    /// A response that was made before. Its status, headers and body are those of `response`, whatever is set here.
    public static func prepared(_ response: PreparedResponse) -> Response { Response(response) }

    /// A response whose body goes on for as long as somebody has something to say; the connection ends with it.
    ///
    /// The head is sent at once, then `open` is called with the stream, on the connection's thread; to `HEAD` the head
    /// is all there is. When there are too many streams already, the answer is `Rejection.tooManyStreams` instead.
    public static func stream(
        status: Int = 200, headers: [(name: String, value: String)] = [],
        open: @escaping @Sendable (ResponseStream) -> Void
    ) -> Response {
        Response(status: status, headers: headers, open: open)
    }

    /// What a body was made of.
    public struct Source: Sendable {
        let object: any AnyObject & Sendable
        let bytes: Int

        /// - Parameter bytes: of memory that it takes.
        public init(_ object: any AnyObject & Sendable, bytes: Int) {
            self.object = object
            self.bytes = bytes
        }
    }

    /// Bytes of the body, wherever they are kept.
    var bodyCount: Int { prepared?.body.count ?? body.count }
}
