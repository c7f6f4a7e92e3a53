import Glibc

/// Bytes that are framed once as an HTTP/1.1 chunk (RFC 9112 §7.1) and shared by any number of streams.
///
/// An empty payload sends nothing, because an empty chunk would end the body.
public final class StreamChunk: Sendable {
    /// The bytes of the payload, without framing.
    public let payloadCount: Int
    let framedCount: Int
    /// The bytes of framing before the payload.
    private let prefixCount: Int
    /// Its own memory rather than an array, because many chunks are passed to the kernel in one call, which needs
    /// stable addresses. Written only in `init`.
    nonisolated(unsafe) private let start: UnsafeMutableRawPointer
    /// Counts the bytes as long as the chunk is in use.
    private let inFlight: BytesInFlight?

    /// A chunk with a framed copy of `payload`.
    ///
    /// - Parameter inFlight: counts the chunk if it is large, even without room.
    public convenience init(_ payload: [UInt8], countedIn inFlight: BytesInFlight? = nil) {
        let isCounted = payload.count >= BytesInFlight.smallest && inFlight?.take(payload.count, always: true) == true
        self.init(framed: payload, isCounted ? inFlight : nil)
    }

    /// A chunk with a framed copy of `payload`; nil if there is no room for it.
    public convenience init?(_ payload: [UInt8], ifRoomIn inFlight: BytesInFlight) {
        let isLarge = payload.count >= BytesInFlight.smallest
        guard !isLarge || inFlight.take(payload.count) else { return nil }
        self.init(framed: payload, isLarge ? inFlight : nil)
    }

    private convenience init(framed payload: [UInt8], _ inFlight: BytesInFlight?) {
        let lineEnd: [UInt8] = payload.isEmpty ? [] : [0x0D, 0x0A]
        let size = payload.isEmpty ? "" : String(payload.count, radix: 16)
        self.init(before: Array(size.utf8) + lineEnd, payload, after: lineEnd, inFlight)
    }

    /// A chunk whose bytes are sent without framing to every client.
    convenience init(unframed bytes: [UInt8]) { self.init(before: [], bytes, after: [], nil) }

    private init(before: [UInt8], _ payload: [UInt8], after: [UInt8], _ inFlight: BytesInFlight?) {
        self.inFlight = inFlight
        payloadCount = payload.count
        prefixCount = before.count
        framedCount = before.count + payload.count + after.count
        start = UnsafeMutableRawPointer.allocate(byteCount: max(1, framedCount), alignment: 1)
        let room = UnsafeMutableRawBufferPointer(start: start, count: framedCount)
        room.copyBytes(from: before)
        UnsafeMutableRawBufferPointer(rebasing: room[before.count...]).copyBytes(from: payload)
        UnsafeMutableRawBufferPointer(rebasing: room[(before.count + payload.count)...]).copyBytes(from: after)
    }

    deinit {
        start.deallocate()
        inFlight?.give(back: payloadCount)
    }

    /// The bytes on the wire, valid as long as the chunk is held. HTTP/1.0 has no chunked coding.
    func bytes(framed: Bool) -> UnsafeRawBufferPointer {
        framed
            ? UnsafeRawBufferPointer(start: start, count: framedCount)
            : UnsafeRawBufferPointer(start: start + prefixCount, count: payloadCount)
    }

    /// Ends a chunked body (RFC 9112 §7.1).
    static let last = StreamChunk(unframed: Array("0\r\n\r\n".utf8))
}
