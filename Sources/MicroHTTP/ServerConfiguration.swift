/// The configuration of a server: its socket, its limits, and how it renders and records.
public struct ServerConfiguration: Sendable {
    /// An IPv4 or IPv6 address; `0.0.0.0` is every IPv4 interface, `::` every interface of both.
    public var host = "127.0.0.1"
    /// The port; 0 for any free one, which is then in `Server.port`.
    public var port = 0
    /// The number of threads that read, call handlers and write; 0 for one per core.
    public var threads = 0
    /// The most connections at once. Further clients get a 503.
    public var connectionLimit = 4096
    /// The number of additional sockets for clients over the limit, which get a 503, and as many for closed connections
    /// whose clients may still be sending.
    public var spareSockets = 256
    /// The hosts for which requests are accepted.
    public var hosts = HostPolicy.any

    /// The most bytes of a request body.
    public var bodyLimit = 1 << 20
    /// Larger limits on the request body for exactly these paths, in bytes.
    public var largerBodyLimits: [(path: String, limit: Int)] = []
    /// Counts and limits the bytes of all large bodies that are being received or sent.
    public var bytesInFlight = BytesInFlight()
    /// The most bytes of the request target.
    public var targetLimit = 8 << 10
    /// The most bytes of all header fields together, including line ends.
    public var headerLimit = 8 << 10
    /// The bytes of memory in which a connection reads requests and writes the header fields of its responses; also the
    /// size of the pieces in which a body arrives. Every request uses all of it, so a larger value costs memory and
    /// time. It must hold the request head, 64 bytes for each of its fields and 2 KiB for the response; otherwise the
    /// answer is 431.
    public var connectionMemory = 12 << 10

    /// The names of the request fields on which a response may depend, if it can be sent again
    /// (``Response/isCurrent``).
    public var selectingFields: [String] = []
    /// The bytes of responses that each thread keeps to send them again; 0 keeps no response.
    public var keptReplyBytes = 0

    /// The longest time between two requests; then the connection is closed without an answer. Also the longest time
    /// during which a client may not read a response.
    public var idleTimeout = Duration.seconds(60)
    /// The longest time from the first byte of a request to the end of its header fields; then the answer is 408.
    public var headerTimeout = Duration.seconds(10)
    /// The longest time for the whole body; then the answer is 408.
    public var bodyTimeout = Duration.seconds(60)
    /// The most streams (`Response.stream`) at once. Further clients get a 503.
    public var streamLimit = 10_000
    /// The most bytes of payload that wait to be sent to one client. Chunks are shared, so they take much less memory.
    public var streamQueueBytes = 256 << 10
    /// The most chunks that wait to be sent to one client.
    public var streamQueueChunks = 1024
    /// The bytes of the kernel's buffer for one client, which the kernel doubles; 0 lets the kernel adapt the size to
    /// the connection.
    public var streamSendBuffer = 0
    /// The unsent bytes of a connection in the kernel from which it takes no more (`TCP_NOTSENT_LOWAT`). Clients that
    /// don't read a large reply then hold little of it in the kernel, and others of their thread don't wait until it is
    /// copied. A stream's queue notices early that its client is slow.
    public var unsentBytes = 128 << 10
    /// While a caller waits for room in a stream's queue, the client must take half a queue within each such time;
    /// otherwise the stream is cut.
    public var streamPatience = Duration.seconds(10)
    /// The number of threads that send to streams; 0 for one for every two cores.
    public var streamThreads = 0
    /// A stream that was idle for this time is sent `keepAliveChunk`. A client that acknowledges nothing for this time
    /// counts as gone.
    public var keepAliveInterval = Duration.seconds(15)
    /// A chunk without meaning in the streams' format (`: keep-alive\n\n` for server-sent events); empty to send no
    /// chunk.
    public var keepAliveChunk: [UInt8] = []

    /// How long `drain` waits for running requests.
    public var drainTimeout = Duration.seconds(10)

    /// Renders the server's own refusals. `origin` is the header field that a browser sends for a page of another
    /// origin, if it is known.
    public var rejection: @Sendable (_ rejection: Rejection, _ requestID: String, _ origin: String?) -> Response =
        Rejection.problem
    /// Called once for every finished request on the connection's thread, so it must be quick. If nil, it costs
    /// nothing.
    public var observer: (@Sendable (Exchange) -> Void)?
    /// Logs a line. These lines help to find the cause of problems; most of them come from libmicrohttpd.
    public var log: (@Sendable (String) -> Void)?

    /// The default configuration, suitable for a server without a proxy in front.
    public init() {}
}
