import CMicroHTTPD
import Glibc
import Synchronization

/// An HTTP/1.1 server on libmicrohttpd. One thread per core reads requests, calls the handler and writes responses. If
/// the handler answers without waiting, the thread doesn't change.
///
/// This type handles what libmicrohttpd leaves open: request smuggling, limits, deadlines and HTML error pages (see
/// `Rejection`). A started server stays in memory until `drain` returns.
public final class Server: Sendable {
    public let configuration: ServerConfiguration
    let handler: @Sendable (Request) -> Answer
    let observes: Bool
    var inFlight: BytesInFlight { configuration.bytesInFlight }
    let isDraining = Atomic<Bool>(false)
    let isHurried = Atomic<Bool>(false)
    let table = Mutex(ConnectionTable())
    let lifecycle = Mutex(Lifecycle.new)
    let workers = WorkerPool()
    let selecting: SelectingFields
    let reaper: Reaper
    let streaming: Streaming
    private let throttle = LogThrottle()

    enum Lifecycle {
        case new
        case running(Running)
        case draining(port: Int)
        case stopped(port: Int)
    }

    /// The state of a running server.
    ///
    /// `@unchecked Sendable` because the pointers never change and the library's functions use their own locks.
    struct Running: @unchecked Sendable {
        let daemon: OpaquePointer
        let listener: Listener
        /// The library reads these as long as the daemon exists.
        let callbacks: UnsafeMutablePointer<cmhd_callbacks>
    }

    /// A server that is not started yet.
    ///
    /// - Parameter handler: called on a thread of the server, which it must not block. Work that may wait is an
    ///   ``Answer/later(_:)``.
    public init(configuration: ServerConfiguration, handler: @escaping @Sendable (Request) -> Answer) {
        self.configuration = configuration
        self.handler = handler
        observes = configuration.observer != nil
        selecting = SelectingFields(configuration.selectingFields)
        reaper = Reaper(configuration)
        streaming = Streaming(configuration) { [reaper] in reaper.linger($0) }
    }

    /// Starts to listen, and serves requests until `drain`.
    ///
    /// - Throws: `ServerError`, whose message says what to change.
    public func start() throws(ServerError) {
        try checkLimits()
        let listener = try Listener(
            host: configuration.host, port: configuration.port, unsentBytes: configuration.unsentBytes)
        do throws(ServerError) {
            try lifecycle.withLock { state throws(ServerError) in
                guard case .new = state else {
                    throw ServerError(code: .invalidConfiguration, message: "A server can be started only once.")
                }
                state = .running(try startDaemon(listener))
            }
        } catch {
            Glibc.close(listener.descriptor)
            throw error
        }
        reaper.start(self)
        streaming.start()
        if !Self.replacesErrorPages {
            log(
                "libmicrohttpd's HTML error pages can't be replaced, because the program hides MHD_queue_response "
                    + "from it.")
        }
    }

    /// The port of the listening socket, also if any free port was requested; 0 before `start`.
    public var port: Int {
        lifecycle.withLock {
            switch $0 {
            case .new: 0
            case .running(let running): running.listener.port
            case .draining(let port), .stopped(let port): port
            }
        }
    }

    /// The number of requests between the end of their request line and the end of their response.
    public var activeRequests: Int { table.withLock { $0.open.values.count { $0.isBusy } } }

    /// The number of open connections, including those over the limit.
    public var connections: Int { table.withLock { $0.open.count } }

    /// Whether this program can replace libmicrohttpd's HTML error pages (see error_pages.c).
    static var replacesErrorPages: Bool { cmhd_error_pages_are_replaced() }

    /// Logs a line, unless many similar lines were logged recently.
    func log(_ line: String) {
        if let log = configuration.log, let line = throttle.passing(line) { log(line) }
    }

    private func checkLimits() throws(ServerError) {
        func positive(_ value: Int, _ name: String, atLeast least: Int = 1) throws(ServerError) {
            guard value < least else { return }
            throw ServerError(
                code: .invalidConfiguration, message: "\(name) is \(value); it must be at least \(least).")
        }
        try positive(configuration.threads, "threads", atLeast: 0)
        try positive(configuration.connectionLimit, "connectionLimit")
        try positive(configuration.bodyLimit, "bodyLimit", atLeast: 0)
        try positive(configuration.streamLimit, "streamLimit", atLeast: 0)
        try positive(configuration.streamQueueBytes, "streamQueueBytes")
        try positive(configuration.streamQueueChunks, "streamQueueChunks")
        try positive(configuration.streamSendBuffer, "streamSendBuffer", atLeast: 0)
        try positive(configuration.unsentBytes, "unsentBytes")
        try positive(configuration.streamThreads, "streamThreads", atLeast: 0)
        try positive(configuration.keptReplyBytes, "keptReplyBytes", atLeast: 0)
        try positive(configuration.targetLimit, "targetLimit")
        try positive(configuration.headerLimit, "headerLimit")
        let largest = max(configuration.targetLimit, configuration.headerLimit)
        try positive(configuration.connectionMemory, "connectionMemory", atLeast: largest + Connection.responseHeadSize)
    }

    private func startDaemon(_ listener: Listener) throws(ServerError) -> Running {
        cmhd_replace_error_pages(errorPageCallback)
        let context = Unmanaged.passRetained(self).toOpaque()
        let callbacks = UnsafeMutablePointer<cmhd_callbacks>.allocate(capacity: 1)
        callbacks.initialize(
            to: cmhd_callbacks(
                context: context, handle: handleCallback, target: targetCallback, connection: connectionCallback,
                completed: completedCallback, log: logCallback))
        let threads = configuration.threads > 0 ? configuration.threads : max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)))
        // At its limit the library stops accepting, so that clients hang, and it divides the limit among its threads.
        // Its limit is therefore never reached: this server counts by itself and answers 503.
        let limit = (configuration.connectionLimit + configuration.spareSockets + 64) * threads
        guard
            let daemon = cmhd_start(
                callbacks, listener.descriptor, UInt32(threads), UInt32(limit), configuration.connectionMemory)
        else {
            let reason = String(cString: strerror(errno))
            callbacks.deallocate()
            Unmanaged<Server>.fromOpaque(context).release()
            throw ServerError(code: .system, message: "libmicrohttpd did not start: \(reason).")
        }
        return Running(daemon: daemon, listener: listener, callbacks: callbacks)
    }
}
