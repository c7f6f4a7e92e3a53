import CMicroHTTPD
import Glibc
import Synchronization

/// One client's connection, and the request it is busy with; there is never more than one.
///
/// `@unchecked Sendable` because three parties share it by rule: everything without a note is touched only by the
/// library's thread that runs this connection, `state` is guarded by its lock, and `watch` belongs to the reaper. That
/// one thread is also why what a request often needs is left out of the checks at run time for overlapping accesses.
final class Connection: @unchecked Sendable {
    let server: Server
    let handle: OpaquePointer
    let socket: Int32
    /// Accepted over the limit, to be told so.
    let isSurplus: Bool

    @exclusivity(unchecked) var head = RequestHead()
    @exclusivity(unchecked) var body: [UInt8] = []
    @exclusivity(unchecked) var step = Step.idle
    var expectsBody = false
    /// Runs the handler.
    @exclusivity(unchecked) var worker: Worker?
    /// Found in the request target, before anything could be answered.
    var targetRefusal: Rejection?
    /// The host and port of a target in absolute form; empty for any other.
    @exclusivity(unchecked) var targetAuthority: [UInt8] = []
    /// The `Host` that was found to be allowed last.
    @exclusivity(unchecked) var allowedHost: [UInt8] = []
    /// Where the library keeps the target until the header section is complete.
    var targetStart: UnsafePointer<CChar>?
    var targetEnd: UnsafePointer<CChar>?
    /// The client may still be sending when this closes: read on for a moment, else the kernel resets the connection
    /// and the client may never see the answer (RFC 9112 §9.6).
    var lingers = false
    @exclusivity(unchecked) var record = Record()
    /// What is in flight here.
    @exclusivity(unchecked) var cargo = Cargo()
    /// A stream has the socket now, and tells the observer when it is over.
    var isHandedOver = false

    let state = Mutex(State())
    var watch = Watch()

    /// What the library's next call for this connection means.
    enum Step { case idle, head, body, handling }

    /// What everybody may know.
    struct State {
        var phase = Phase.idle
        /// Counts requests, so that an answer that comes too late is not taken for the answer to the next one.
        var sequence: UInt32 = 0
        var reply: Response?
        /// What the handler has to go on with.
        var jobs: [UnownedJob] = []
        /// The library was told to call again and hasn't yet.
        var isWoken = false
        /// Why the reaper ended it.
        var expiry: Rejection?
        /// The handler was not waited for.
        var wasAbandoned = false
        /// The descriptor must not be used any more.
        var isClosed = false

        mutating func takeJobs() -> [UnownedJob] { jobs.isEmpty ? [] : exchange(&jobs, with: []) }
    }

    enum Phase {
        case idle, head, body
        /// The handler runs inside the library's callback, then, if it had to wait, outside of it.
        case handling, suspended
        case answering
        /// Nothing more is read or answered here.
        case ended
    }

    init(server: Server, handle: OpaquePointer, isSurplus: Bool) {
        self.server = server
        self.handle = handle
        self.isSurplus = isSurplus
        socket = cmhd_socket(handle)
    }

    /// Takes the step from reading to something later, unless the reaper was faster.
    func advance(to phase: Phase) -> Bool {
        state.withLock {
            guard $0.phase != .ended else { return false }
            $0.phase = phase
            return true
        }
    }

    /// Address and port of the peer.
    private(set) lazy var remoteAddress = peerAddress

    private var peerAddress: String {
        guard let peer = cmhd_peer(handle) else { return "" }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let port = UnsafeRawPointer(peer).load(fromByteOffset: 2, as: UInt16.self).bigEndian
        let isIPv6 = Int32(peer.pointee.sa_family) == AF_INET6
        // Where sockaddr_in and sockaddr_in6 keep the address.
        let bytes = UnsafeRawPointer(peer) + (isIPv6 ? 8 : 4)
        inet_ntop(Int32(peer.pointee.sa_family), bytes, &text, socklen_t(text.count))
        let address = text.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        return isIPv6 ? "[\(address)]:\(port)" : "\(address):\(port)"
    }
}
