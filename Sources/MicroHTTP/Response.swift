/// A handler's response. The server adds `Date`, `Content-Length` and, if the connection ends, `Connection: close`.
///
/// No body is sent in answer to `HEAD` or with 204 and 304. For `HEAD` and 304 `Content-Length` is the body's length,
/// so give a 304 the body that the 200 would have; otherwise it claims a length of 0 (RFC 9110 §8.6).
public struct Response: Sendable {
    /// The status, 200 to 599; any other one is sent as 500.
    public var status: Int
    /// The header fields in the order in which they are sent. A name may occur more than once.
    public var headers: [(name: String, value: String)]
    /// The body. It is not copied when it is sent.
    public var body: [UInt8]
    /// Fields that are only passed to the observer, for example a transaction id.
    public var logFields: [(name: String, value: String)] = []
    /// Whether the client can repeat the request, so that a 503 may be sent instead while too many bytes are in flight.
    /// If nil, this is the case for safe methods (RFC 9110 §9.2.1).
    public var isRepeatable: Bool?
    /// Whether the same request would get the same response now. If this is given, the server may keep the response and
    /// send it again until it returns false. It is called on threads of the server, and must be quick.
    public var isCurrent: (@Sendable () -> Bool)?
    /// An object that is held while the body is being sent, for other requests of the same body.
    public var source: Source?
    let prepared: PreparedResponse?
    /// Takes the stream of a streaming response.
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

    /// A prepared response. Its status, headers and body are always those of `response`.
    public static func prepared(_ response: PreparedResponse) -> Response { Response(response) }

    /// A streaming response, whose body is written over time; the connection ends with it.
    ///
    /// The head is sent immediately, then `open` is called with the stream on the connection's thread. `HEAD` only gets
    /// the head. If there are too many streams, the answer is `Rejection.tooManyStreams` instead.
    public static func stream(
        status: Int = 200, headers: [(name: String, value: String)] = [],
        open: @escaping @Sendable (ResponseStream) -> Void
    ) -> Response {
        Response(status: status, headers: headers, open: open)
    }

    /// The object that a body was made from.
    public struct Source: Sendable {
        let object: any AnyObject & Sendable
        let bytes: Int

        /// - Parameter bytes: the bytes of memory that it takes.
        public init(_ object: any AnyObject & Sendable, bytes: Int) {
            self.object = object
            self.bytes = bytes
        }
    }

    /// The number of bytes of the body, prepared or not.
    var bodyCount: Int { prepared?.body.count ?? body.count }
}
