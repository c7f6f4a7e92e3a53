import CNATS
import Glibc

/// A message from the server. Owns the message of libnats.
///
/// `@unchecked Sendable`: it is handed from thread to thread and used by one at a time. libnats parses the headers when
/// one is first read.
final class Message: @unchecked Sendable {
    private let pointer: OpaquePointer

    /// Takes ownership of a message.
    init(owning pointer: OpaquePointer) {
        self.pointer = pointer
    }

    deinit {
        natsMsg_Destroy(pointer)
    }

    /// The payload. Valid as long as this object lives.
    var payload: UnsafeBufferPointer<UInt8> {
        let count = Int(natsMsg_GetDataLength(pointer))
        guard count > 0, let bytes = natsMsg_GetData(pointer) else { return UnsafeBufferPointer(start: nil, count: 0) }
        return UnsafeRawBufferPointer(start: bytes, count: count).assumingMemoryBound(to: UInt8.self)
    }

    /// The subject that the message was published to.
    var subject: String { withSubject { String(cString: $0) } }

    /// Lends the subject, which ends with NUL.
    func withSubject<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
        withExtendedLifetime(self) { body(natsMsg_GetSubject(pointer)) }
    }

    /// The subject to reply to. A consumer's messages have their place in the stream there.
    var reply: String? { natsMsg_GetReply(pointer).map { String(cString: $0) } }

    /// A header's value; nil if the header is missing.
    func header(_ name: StaticString) -> String? {
        header(name) { String(cString: $0) }
    }

    /// A header's value as a number; nil if the header is missing.
    func number(_ name: StaticString) -> UInt64? {
        header(name) { strtoull($0, nil, 10) }
    }

    /// The status of a message that carries one instead of data: 404 not found, 204 the end, 503 no subscriber.
    var status: Int? {
        header("Status") { Int(atoi($0)) }
    }

    /// Whether a header is present.
    func has(_ name: StaticString) -> Bool { header(name) { _ in true } ?? false }

    private func header<Value>(_ name: StaticString, _ read: (UnsafePointer<CChar>) -> Value) -> Value? {
        var value: UnsafePointer<CChar>?
        let code = name.utf8Start.withMemoryRebound(to: CChar.self, capacity: name.utf8CodeUnitCount + 1) {
            natsMsgHeader_Get(pointer, $0, &value)
        }
        guard code == NATS_OK, let value else { return nil }
        return read(value)
    }
}

/// A message to the server.
struct Outgoing: Sendable {
    /// Where it goes.
    var subject: String
    /// Its headers, in order.
    var headers: [(name: String, value: String)] = []
    /// Its payload.
    var payload: [UInt8] = []

    /// The approximate number of bytes on the wire.
    var size: Int {
        headers.reduce(subject.utf8.count + payload.count) { $0 + $1.name.utf8.count + $1.value.utf8.count }
    }
}
