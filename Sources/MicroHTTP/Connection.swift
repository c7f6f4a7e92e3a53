import CMicroHTTPD
import Glibc
import Synchronization

/// A client's connection with its current request, of which there is never more than one.
///
/// `@unchecked Sendable` because three parties share it by these rules: `state` is guarded by its lock, `watch` belongs
/// to the reaper, and everything else is accessed only by the library's thread that runs this connection. Because of
/// that one thread, the most used members are also excluded from run-time checks for overlapping access.
final class Connection: @unchecked Sendable {
    let server: Server
    let handle: OpaquePointer
    let socket: Int32
    /// Whether it was accepted over the limit, only to be refused with an answer.
    let isSurplus: Bool

    @exclusivity(unchecked) var head = RequestHead()
    /// The last header section without a body, because most requests of a connection have the same one.
    @exclusivity(unchecked) var lastSection = HeaderSection()
    /// The thread that runs the connection.
    let thread: HTTPThread
    /// The response object with which the current request is answered, if it will be used again.
    @exclusivity(unchecked) var template: ResponseTemplates.Template?
    @exclusivity(unchecked) var body: [UInt8] = []
    @exclusivity(unchecked) var step = Step.idle
    var expectsBody = false
    /// Runs the handler.
    @exclusivity(unchecked) var worker: Worker?
    /// A fault in the request target that was found before an answer was possible.
    var targetRefusal: Rejection?
    /// The host and port of a target in absolute form; empty for other forms.
    @exclusivity(unchecked) var targetAuthority: [UInt8] = []
    /// The last allowed `Host`.
    @exclusivity(unchecked) var allowedHost: [UInt8] = []
    /// The library's memory with the target, valid until the header section is complete.
    var targetStart: UnsafePointer<CChar>?
    var targetEnd: UnsafePointer<CChar>?
    /// Whether to read on for a moment when the connection closes, because the client may still be sending. Otherwise
    /// the kernel resets the connection, and the client may never see the answer (RFC 9112 §9.6).
    var lingers = false
    @exclusivity(unchecked) var record = Record()
    /// The bytes in flight on this connection.
    @exclusivity(unchecked) var cargo = Cargo()
    /// Whether a stream has taken over the socket. The stream then reports its end to the observer.
    var isHandedOver = false

    let state = Mutex(State())
    var watch = Watch()

    /// The meaning of the library's next call for this connection.
    enum Step { case idle, head, body, handling }

    /// The state that is shared between threads.
    struct State {
        var phase = Phase.idle
        /// The number of the request, so that a late answer is not taken for the answer to the next request.
        var sequence: UInt32 = 0
        var reply: Response?
        /// The jobs with which the handler continues.
        var jobs: [UnownedJob] = []
        /// Whether the library was asked to call again and has not done so yet.
        var isWoken = false
        /// Why the reaper ended the request.
        var expiry: Rejection?
        /// Whether the request was answered without waiting for the handler.
        var wasAbandoned = false
        /// Whether the descriptor must not be used any more.
        var isClosed = false

        mutating func takeJobs() -> [UnownedJob] { jobs.isEmpty ? [] : exchange(&jobs, with: []) }
    }

    enum Phase {
        case idle, head, body
        /// The handler runs inside the library's callback and, after it has waited, outside of it.
        case handling, suspended
        case answering
        /// No further request is read or answered.
        case ended
    }

    init(server: Server, handle: OpaquePointer, thread: HTTPThread, isSurplus: Bool) {
        self.server = server
        self.handle = handle
        self.thread = thread
        self.isSurplus = isSurplus
        socket = cmhd_socket(handle)
    }

    /// Advances from reading to a later phase, unless the reaper was faster.
    func advance(to phase: Phase) -> Bool {
        state.withLock {
            guard $0.phase != .ended else { return false }
            $0.phase = phase
            return true
        }
    }

    /// The address and port of the peer.
    private(set) lazy var remoteAddress = peerAddress

    private var peerAddress: String {
        guard let peer = cmhd_peer(handle) else { return "" }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        let port = UnsafeRawPointer(peer).load(fromByteOffset: 2, as: UInt16.self).bigEndian
        let isIPv6 = Int32(peer.pointee.sa_family) == AF_INET6
        // The offset of the address in sockaddr_in and sockaddr_in6.
        let bytes = UnsafeRawPointer(peer) + (isIPv6 ? 8 : 4)
        inet_ntop(Int32(peer.pointee.sa_family), bytes, &text, socklen_t(text.count))
        let address = text.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        return isIPv6 ? "[\(address)]:\(port)" : "\(address):\(port)"
    }
}
