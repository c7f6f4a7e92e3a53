import Glibc

/// Bytes made ready to send once and shared by any number of streams: framed as one HTTP/1.1 chunk (RFC 9112 §7.1) at
/// creation.
///
/// An empty payload is nothing to send at all: as a chunk it would end the body.
public final class StreamChunk: Sendable {
    /// Bytes of the payload, framing not counted.
    public let payloadCount: Int
    let framedCount: Int
    /// What the framing puts before the payload.
    private let prefixCount: Int
    /// Own memory rather than an array: many chunks are handed to the kernel with one call, which needs an address of
    /// each that stays. Written in `init` only.
    nonisolated(unsafe) private let start: UnsafeMutableRawPointer
    /// Where it is counted for as long as somebody needs it.
    private let inFlight: BytesInFlight?

    /// Copies `payload`, framed.
    ///
    /// - Parameter inFlight: where it is counted if it is large, whether there is room or not.
    public convenience init(_ payload: [UInt8], countedIn inFlight: BytesInFlight? = nil) {
        let isCounted = payload.count >= BytesInFlight.smallest && inFlight?.take(payload.count, always: true) == true
        self.init(framed: payload, isCounted ? inFlight : nil)
    }

    /// The same, if there is room for it.
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

    /// Bytes that are sent as they are, to every client.
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

    /// What goes over the wire, valid for as long as the chunk is held. HTTP/1.0 knows no chunks.
    func bytes(framed: Bool) -> UnsafeRawBufferPointer {
        framed
            ? UnsafeRawBufferPointer(start: start, count: framedCount)
            : UnsafeRawBufferPointer(start: start + prefixCount, count: payloadCount)
    }

    /// Ends a chunked body (RFC 9112 §7.1).
    static let last = StreamChunk(unframed: Array("0\r\n\r\n".utf8))
}
