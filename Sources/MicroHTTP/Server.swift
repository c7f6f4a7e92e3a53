import CMicroHTTPD
import Glibc
import Synchronization

/// An HTTP/1.1 server on libmicrohttpd: a thread per core reads, calls the handler and writes, without a thread change
/// when the handler has its answer at once.
///
/// Everything that libmicrohttpd leaves open (request smuggling, limits, deadlines, HTML error pages) is decided here,
/// see `Rejection`. A started server stays in memory until `drain` has returned.
public final class Server: Sendable {
    public let configuration: ServerConfiguration
    let handler: @Sendable (Request) async -> Response
    let observes: Bool
    var inFlight: BytesInFlight { configuration.bytesInFlight }
    let isDraining = Atomic<Bool>(false)
    let isHurried = Atomic<Bool>(false)
    let table = Mutex(ConnectionTable())
    let lifecycle = Mutex(Lifecycle.new)
    let workers = WorkerPool()
    let reaper: Reaper
    let streaming: Streaming
    private let throttle = LogThrottle()

    enum Lifecycle {
        case new
        case running(Running)
        case draining(port: Int)
        case stopped(port: Int)
    }

    /// What a running server holds.
    ///
    /// `@unchecked Sendable` because the pointers never change, and the library's functions lock for themselves.
    struct Running: @unchecked Sendable {
        let daemon: OpaquePointer
        let listener: Listener
        /// Read by the library for as long as the daemon exists.
        let callbacks: UnsafeMutablePointer<cmhd_callbacks>
    }

    /// - Parameter handler: called on a thread of the server. It may suspend for as long as it likes, but must not
    ///   block.
    public init(configuration: ServerConfiguration, handler: @escaping @Sendable (Request) async -> Response) {
        self.configuration = configuration
        self.handler = handler
        observes = configuration.observer != nil
        reaper = Reaper(configuration)
        streaming = Streaming(configuration) { [reaper] in reaper.linger($0) }
    }

    /// Listens and serves until `drain`.
    ///
    /// - Throws: `ServerError`, whose message says what to change.
    public func start() throws(ServerError) {
        try checkLimits()
        let listener = try Listener(
            host: configuration.host, port: configuration.port, unsentBytes: configuration.unsentBytes)
        do throws(ServerError) {
            try lifecycle.withLock { state throws(ServerError) in
                guard case .new = state else {
                    throw ServerError(code: .invalidConfiguration, message: "A server can be started once only.")
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
            log("libmicrohttpd's HTML error pages can't be replaced: the program hides MHD_queue_response from it.")
        }
    }

    /// The port that is listened on, also when any free one was asked for; 0 before `start`.
    public var port: Int {
        lifecycle.withLock {
            switch $0 {
            case .new: 0
            case .running(let running): running.listener.port
            case .draining(let port), .stopped(let port): port
            }
        }
    }

    /// Requests between the end of their request line and the end of their response.
    public var activeRequests: Int { table.withLock { $0.open.values.count { $0.isBusy } } }

    /// Open connections, those over the limit included.
    public var connections: Int { table.withLock { $0.open.count } }

    /// Whether this program can speak in libmicrohttpd's place where that would send HTML (see error_pages.c).
    static var replacesErrorPages: Bool { cmhd_error_pages_are_replaced() }

    /// Logs a line, unless many like it were just logged.
    func log(_ line: String) {
        if let log = configuration.log, let line = throttle.passing(line) { log(line) }
    }

    private func checkLimits() throws(ServerError) {
        func positive(_ value: Int, _ name: String, atLeast least: Int = 1) throws(ServerError) {
            guard value < least else { return }
            throw ServerError(
                code: .invalidConfiguration, message: "\(name) is \(value); it has to be at least \(least).")
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
        // The library stops accepting at its limit, so that clients hang, and it splits the limit between its threads.
        // So it never gets there: this server counts by itself, and says 503.
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
