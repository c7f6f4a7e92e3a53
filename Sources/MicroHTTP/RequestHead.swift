import CMicroHTTPD
import Synchronization

/// The target and header fields of one request, copied out of the connection's memory.
///
/// The copy is one `memcpy` of a few hundred bytes. It makes a `Request` an ordinary value, which a handler may keep
/// even beyond the end of its connection. A connection reuses its head for the next request, unless it was kept.
///
/// `@unchecked Sendable` because only its connection's thread writes to it, before the handler sees it and only while
/// there is no other reference to it; after that it is only read.
final class RequestHead: @unchecked Sendable {
    @exclusivity(unchecked) var method = HTTPMethod.get
    @exclusivity(unchecked) var target: [UInt8] = []
    /// The index of the `?` in `target`; its end without a `?`.
    @exclusivity(unchecked) var pathEnd = 0
    @exclusivity(unchecked) var isHTTP10 = false
    /// The header section as it was received, and the positions of its fields.
    @exclusivity(unchecked) var bytes: [UInt8] = []
    @exclusivity(unchecked) private(set) var fields: [Field] = []
    /// A bit for each length of a field's name, because most look-ups are for fields that were not sent.
    @exclusivity(unchecked) private var nameLengths: UInt64 = 0
    /// The number in a generated request id once it was needed, so that the handler and the access log use the same
    /// one; 0 before.
    let idNumber = Atomic<UInt64>(0)

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
        idNumber.store(0, ordering: .relaxed)
    }

    func add(_ field: Field) {
        fields.append(field)
        nameLengths |= Self.lengthBit(field.name.count)
    }

    /// Whether a field's name has the length of this one.
    @inline(__always)
    private func mayHave(_ name: String) -> Bool { nameLengths & Self.lengthBit(name.utf8.count) != 0 }

    private static func lengthBit(_ length: Int) -> UInt64 { 1 << UInt64(min(length, 63)) }

    /// The value of the field called `name`; several lines are joined with `, ` (RFC 9110 §5.3).
    func value(_ name: String) -> String? {
        var joined: String?
        forEachValue(name) { position in
            let text = String(decoding: bytes[position], as: UTF8.self)
            joined = joined.map { "\($0), \(text)" } ?? text
        }
        return joined
    }

    /// The value of the field called `name` if it was sent exactly once.
    func onlyValue(_ name: String) -> ArraySlice<UInt8>? {
        guard mayHave(name) else { return nil }
        var position: Range<Int>?
        var count = 0
        forEachValue(name) {
            position = $0
            count += 1
        }
        return count == 1 ? position.map { bytes[$0] } : nil
    }

    func has(_ name: String) -> Bool {
        var found = false
        forEachValue(name) { _ in found = true }
        return found
    }

    /// Calls `body` with the position of each value of a field.
    private func forEachValue(_ name: String, _ body: (Range<Int>) -> Void) {
        guard mayHave(name) else { return }
        var name = name
        name.withUTF8 { wanted in
            bytes.withUnsafeBufferPointer { bytes in
                for field in fields where field.name.count == wanted.count {
                    guard bytes[field.name].equalsIgnoringCase(wanted) else { continue }
                    body(Int(field.value.lowerBound)..<Int(field.value.upperBound))
                }
            }
        }
    }
}

extension UnsafeBufferPointer<UInt8> {
    subscript(range: Range<Int32>) -> Self {
        Self(rebasing: self[Int(range.lowerBound)..<Int(range.upperBound)])
    }
}
