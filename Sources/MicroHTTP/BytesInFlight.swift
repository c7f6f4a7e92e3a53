import CMicroHTTPD
import Glibc
import Synchronization

/// Counts and limits the bytes of large bodies that are being received or sent.
///
/// A body that several connections send at once counts once, and replies with the same bytes become one body. Clients
/// that don't read therefore share one buffer, however many they are. Bodies smaller than ``smallest`` aren't counted;
/// there is at most one for each connection.
public final class BytesInFlight: Sendable {
    /// Bodies smaller than this are not counted.
    public static let smallest = 16 << 10
    /// The most bytes.
    public let limit: Int
    private let count = Atomic(0)
    private let refused = Atomic(0)
    /// The bodies that are being sent, by their number of bytes.
    private let bodies = Mutex<[Int: [Body]]>([:])

    /// A counter without bytes in flight.
    public init(limit: Int = 512 << 20) {
        self.limit = limit
    }

    /// The current number of bytes in flight.
    public var bytes: Int { count.load(ordering: .relaxed) }

    /// The number of requests refused for lack of room since the start.
    public var refusals: Int { refused.load(ordering: .relaxed) }

    /// Whether the limit is reached.
    var isFull: Bool { bytes >= limit }

    /// Counts bytes that begin to be in flight, if there is room for them; with `always`, even without room.
    ///
    /// - Returns: false if they were not counted.
    public func take(_ bytes: Int, always: Bool = false) -> Bool {
        let total = count.add(bytes, ordering: .relaxed).newValue
        guard total > limit, !always else { return true }
        count.subtract(bytes, ordering: .relaxed)
        return false
    }

    /// Removes bytes that are no longer in flight.
    public func give(back bytes: Int) { count.subtract(bytes, ordering: .relaxed) }

    /// Counts a refused request.
    public func noteRefusal() { refused.add(1, ordering: .relaxed) }

    /// Begins to send a body, or an equal body that is already being sent.
    ///
    /// - Parameter source: held until all connections have sent the body, if there is room for it too.
    /// - Returns: the body to send, to be balanced by one ``end(_:)``; nil if there is no room.
    func begin(_ body: Body, _ source: Response.Source?, always: Bool) -> Body? {
        var compared: [Body] = []
        var same: Body?
        while true {
            let present = bodies.withLock { bodies -> [Body]? in
                if let same, same.senders > 0 {
                    same.senders += 1
                    return nil
                }
                let present = bodies[body.bytes.count] ?? []
                // Another thread may have begun an equal body meanwhile.
                guard present.allSatisfy({ other in compared.contains { $0 === other } }) else { return present }
                same = nil
                guard take(body.bytes.count, always: always) else { return nil }
                body.senders = 1
                if let source, take(source.bytes) { body.source = source }
                bodies[body.bytes.count, default: []].append(body)
                same = body
                return nil
            }
            guard let present else { return same }
            // Not under the lock, because comparing takes a while.
            compared = present
            same = present.first { $0 === body || $0.hasSameBytes(as: body) }
        }
    }

    /// Ends the sending of a body by a connection that has sent it or is gone.
    func end(_ body: Body) {
        // Released outside the lock, because freeing it takes a while.
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
    /// Makes the process return large buffers to the system as soon as they are freed. Otherwise its memory would stay
    /// at the peak of the bytes in flight.
    public static func returnMemory() { cmhd_return_blocks_from(1 << 20) }
}

/// The bytes of a reply's body, one object for all connections that send it.
final class Body: Sendable {
    let bytes: [UInt8]
    /// The number of connections that are sending it. Only accessed under the lock of ``BytesInFlight``.
    nonisolated(unsafe) var senders = 0
    /// The object that the body was made from. Only accessed under the same lock.
    nonisolated(unsafe) var source: Response.Source?

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// Whether its bytes equal those of another body with the same number of bytes.
    fileprivate func hasSameBytes(as other: Body) -> Bool {
        bytes.withUnsafeBytes { own in
            other.bytes.withUnsafeBytes { memcmp(own.baseAddress!, $0.baseAddress!, own.count) == 0 }
        }
    }
}
