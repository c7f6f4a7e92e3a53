import CMicroHTTPD
import Glibc
import Synchronization

/// How many bytes of large bodies are being received or sent now, with a bound.
///
/// A body that several connections send at once counts once, and replies with the same bytes become one body: clients
/// that don't read share one buffer, however many they are. What is smaller than ``smallest`` isn't counted: there is
/// at most one for each connection.
public final class BytesInFlight: Sendable {
    /// Bodies smaller than this are not counted.
    public static let smallest = 16 << 10
    /// The most bytes.
    public let limit: Int
    private let count = Atomic(0)
    private let refused = Atomic(0)
    /// What is being sent, by the number of bytes.
    private let bodies = Mutex<[Int: [Body]]>([:])

    /// Nothing is in flight.
    public init(limit: Int = 512 << 20) {
        self.limit = limit
    }

    /// Bytes in flight now.
    public var bytes: Int { count.load(ordering: .relaxed) }

    /// Requests that were refused for there was no room, since the start.
    public var refusals: Int { refused.load(ordering: .relaxed) }

    /// Whether there is no room for anything.
    var isFull: Bool { bytes >= limit }

    /// Counts bytes that begin to be in flight, if there is room for them; with `always`, though there is none.
    ///
    /// - Returns: false when they were not counted.
    public func take(_ bytes: Int, always: Bool = false) -> Bool {
        let total = count.add(bytes, ordering: .relaxed).newValue
        guard total > limit, !always else { return true }
        count.subtract(bytes, ordering: .relaxed)
        return false
    }

    /// Bytes are not in flight any more.
    public func give(back bytes: Int) { count.subtract(bytes, ordering: .relaxed) }

    /// A request was refused.
    public func noteRefusal() { refused.add(1, ordering: .relaxed) }

    /// Begins to send a body, or another one with the same bytes that is being sent already.
    ///
    /// - Parameter source: held until everybody has sent the body, if there is room for it, too.
    /// - Returns: the one to send, for one ``end(_:)``; nil when there is no room.
    func begin(_ body: Body, _ source: Response.Source?, always: Bool) -> Body? {
        let candidates = bodies.withLock { $0[body.bytes.count] ?? [] }
        // Not under the lock: comparing takes a while.
        let same = candidates.first { $0 === body || $0.hasSameBytes(as: body) }
        return bodies.withLock { bodies in
            if let same, same.senders > 0 {
                same.senders += 1
                return same
            }
            guard take(body.bytes.count, always: always) else { return nil }
            body.senders = 1
            if let source, take(source.bytes) { body.source = source }
            bodies[body.bytes.count, default: []].append(body)
            return body
        }
    }

    /// A connection has sent a body, or is gone.
    func end(_ body: Body) {
        // Let go of outside the lock: freeing it takes a while.
        let source = bodies.withLock { bodies -> Response.Source? in
            body.senders -= 1
            guard body.senders == 0 else { return nil }
            give(back: body.bytes.count + (body.source?.bytes ?? 0))
            bodies[body.bytes.count]?.removeAll { $0 === body }
            if bodies[body.bytes.count]?.isEmpty == true { bodies[body.bytes.count] = nil }
            return body.source.take()
        }
        withExtendedLifetime(source) {}
    }
}

extension BytesInFlight {
    /// Has the process give large buffers back to the system as soon as nobody needs them: else what it takes in memory
    /// follows what was in flight once, and not what is.
    public static func returnMemory() { cmhd_return_blocks_from(1 << 20) }
}

/// The bytes of a reply's body: one object for all connections that send them.
final class Body: Sendable {
    let bytes: [UInt8]
    /// Connections that send it now. Touched under the lock of ``BytesInFlight`` only.
    nonisolated(unsafe) var senders = 0
    /// The same holds for this.
    nonisolated(unsafe) var source: Response.Source?

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Of the same number of bytes as another one.
    fileprivate func hasSameBytes(as other: Body) -> Bool {
        bytes.withUnsafeBytes { own in
            other.bytes.withUnsafeBytes { memcmp(own.baseAddress!, $0.baseAddress!, own.count) == 0 }
        }
    }
}
