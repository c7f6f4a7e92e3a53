import CMicroHTTPD
import Synchronization

/// Target and header fields of one request, copied out of the connection's memory.
///
/// The copy is one `memcpy` of a few hundred bytes, and it makes a `Request` an ordinary value: a handler may keep it,
/// even past the end of its connection. A connection uses its head again for the next request, unless somebody kept it.
///
/// `@unchecked Sendable` because it is written only by its connection's thread, before the handler sees it and only
/// while no one else refers to it; after that it is only read.
final class RequestHead: @unchecked Sendable {
    @exclusivity(unchecked) var method = HTTPMethod.get
    @exclusivity(unchecked) var target: [UInt8] = []
    /// Where the `?` stands in `target`; its end without one.
    @exclusivity(unchecked) var pathEnd = 0
    @exclusivity(unchecked) var isHTTP10 = false
    /// The header section as it was received, and where its fields are in it.
    @exclusivity(unchecked) var bytes: [UInt8] = []
    @exclusivity(unchecked) private(set) var fields: [Field] = []
    /// A bit for each length that a field's name has: most questions are about fields that were not sent.
    @exclusivity(unchecked) private var nameLengths: UInt64 = 0
    /// The request id once someone has asked for it, so that the handler and the access log see the same one.
    let identifier = Mutex<String?>(nil)

    struct Field {
        var name: Range<Int32>
        var value: Range<Int32>
    }

    func setTarget(_ raw: UnsafeBufferPointer<UInt8>) {
        target.removeAll(keepingCapacity: true)
        target.append(contentsOf: raw)
        pathEnd = target.firstIndex(of: UInt8(ascii: "?")) ?? target.count
    }

    func reset() {
        target.removeAll(keepingCapacity: true)
        pathEnd = 0
        isHTTP10 = false
        bytes.removeAll(keepingCapacity: true)
        fields.removeAll(keepingCapacity: true)
        nameLengths = 0
        identifier.withLock { $0 = nil }
    }

    func add(_ field: Field) {
        fields.append(field)
        nameLengths |= Self.lengthBit(field.name.count)
    }

    private static func lengthBit(_ length: Int) -> UInt64 { 1 << UInt64(min(length, 63)) }

    /// The value of the field called `name`; several lines are joined with `, ` (RFC 9110 §5.3).
    func value(_ name: String) -> String? {
        guard nameLengths & Self.lengthBit(name.utf8.count) != 0 else { return nil }
        var joined: String?
        forEachValue(name) { value in
            let text = String(decoding: value, as: UTF8.self)
            joined = joined.map { "\($0), \(text)" } ?? text
        }
        return joined
    }

    func has(_ name: String) -> Bool {
        guard nameLengths & Self.lengthBit(name.utf8.count) != 0 else { return false }
        var found = false
        forEachValue(name) { _ in found = true }
        return found
    }

    func forEachValue(_ name: String, _ body: (Slice<UnsafeBufferPointer<UInt8>>) -> Void) {
        var name = name
        name.withUTF8 { wanted in
            bytes.withUnsafeBufferPointer { bytes in
                for field in fields where field.name.count == wanted.count {
                    guard bytes[field.name].equalsIgnoringCase(wanted) else { continue }
                    body(bytes[field.value])
                }
            }
        }
    }
}

extension UnsafeBufferPointer<UInt8> {
    subscript(range: Range<Int32>) -> Slice<Self> { self[Int(range.lowerBound)..<Int(range.upperBound)] }
}
