/// How a server listens, what it accepts, and who renders and records.
public struct ServerConfiguration: Sendable {
    /// An IPv4 or IPv6 address; `0.0.0.0` is every IPv4 interface, `::` every interface of both.
    public var host = "127.0.0.1"
    /// 0 takes any free port; `Server.port` tells which.
    public var port = 0
    /// Threads that read, answer and write; 0 is one per core.
    public var threads = 0
    /// Connections served at once. A client beyond is told so with 503.
    public var connectionLimit = 4096
    /// Sockets kept beside those, each: for clients beyond that are told so, and for closed ones that may still be
    /// sending.
    public var spareSockets = 256
    /// The hosts that requests may be for.
    public var hosts = HostPolicy.any

    /// Bytes of a request body.
    public var bodyLimit = 1 << 20
    /// Bytes of a request body at exactly these paths, where they are more.
    public var largerBodyLimits: [(path: String, limit: Int)] = []
    /// Bytes of all large bodies together that are being received or sent.
    public var bytesInFlight = BytesInFlight()
    /// Bytes of the request target.
    public var targetLimit = 8 << 10
    /// Bytes of all header fields together, line ends included.
    public var headerLimit = 8 << 10
    /// Bytes of memory a connection has for reading requests and for the header fields of its responses; also the size
    /// of the pieces a body arrives in. All of it is touched on every request, so more than needed costs memory and
    /// time. The request head, 64 bytes for each of its fields and 2 KiB for the response have to fit, else it is 431.
    public var connectionMemory = 12 << 10

    /// From the end of one request to the beginning of the next; then the connection is closed without a word. Also how
    /// long a client may leave a response lying unread.
    public var idleTimeout = Duration.seconds(60)
    /// From the first byte of a request to the end of its header fields, whatever the client sends meanwhile; then 408.
    public var headerTimeout = Duration.seconds(10)
    /// For the whole body; then 408.
    public var bodyTimeout = Duration.seconds(60)
    /// Responses that go on (`Response.stream`) at once. A client beyond is told so with 503.
    public var streamLimit = 10_000
    /// Bytes of payload that may wait to be sent to one client. Chunks are shared, so that it costs much less memory.
    public var streamQueueBytes = 256 << 10
    /// Chunks that may wait to be sent to one client.
    public var streamQueueChunks = 1024
    /// The kernel's buffer for one client, which the kernel doubles; 0 leaves its size to the kernel, which makes it as
    /// large as the way to the client needs.
    public var streamSendBuffer = 0
    /// Bytes in the kernel's buffer of any connection that were not sent yet, from which on the kernel takes no more
    /// (`TCP_NOTSENT_LOWAT`). So many clients that don't read a large reply hold little of it in the kernel, and the
    /// others of their thread don't wait until it is copied; a stream's queue notices early that its client is slow.
    public var unsentBytes = 128 << 10
    /// Somebody waits for room in a stream's queue: in each such time its client has to take half a queue, else it is
    /// cut.
    public var streamPatience = Duration.seconds(10)
    /// Threads that send to streams; 0 is one for every two cores.
    public var streamThreads = 0
    /// A stream that was silent for so long is sent `keepAliveChunk`. A client that doesn't acknowledge what it is sent
    /// for so long is gone.
    public var keepAliveInterval = Duration.seconds(15)
    /// What says nothing, in the language of the streams (`: keep-alive\n\n` for server-sent events); empty for
    /// nothing.
    public var keepAliveChunk: [UInt8] = []

    /// How long `drain` waits for requests in flight.
    public var drainTimeout = Duration.seconds(10)

    /// Renders what the server refuses by itself. `origin` is the header field that a browser sends for a page of
    /// another origin, where it is known.
    public var rejection: @Sendable (_ rejection: Rejection, _ requestID: String, _ origin: String?) -> Response =
        Rejection.problem
    /// Called once for every request that is over, on the connection's thread: be quick. Costs nothing when nil.
    public var observer: (@Sendable (Exchange) -> Void)?
    /// Gets a line now and then that is worth reading when something is wrong, most of them from libmicrohttpd.
    public var log: (@Sendable (String) -> Void)?

    /// The defaults, which suit a service behind nothing.
    public init() {}
}
