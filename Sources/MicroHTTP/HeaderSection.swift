import CMicroHTTPD
import Glibc

/// The header section of a request: a copy of its bytes, and the positions of its fields in them.
///
/// A class, because the fields of most requests are looked up many times, and a struct would be copied for each.
///
/// `@unchecked Sendable` by the rule of ``RequestHead``, whose part it is.
final class HeaderSection: @unchecked Sendable {
    /// The section as the library leaves it, with NUL in place of colons and line ends.
    @exclusivity(unchecked) private(set) var bytes: [UInt8] = []
    @exclusivity(unchecked) private(set) var fields: [Field] = []
    /// A bit for each length of a field's name, because most look-ups are for fields that were not sent.
    @exclusivity(unchecked) private var nameLengths: UInt64 = 0
    /// The fields that select a reply (``SelectingFields``).
    @exclusivity(unchecked) private(set) var selection = Selection()
    /// Whether a request with this section has no body, and any host and framing of it was accepted.
    @exclusivity(unchecked) var isPlain = false

    /// The name and the trimmed value of a field.
    struct Field {
        var name: Range<Int32>
        var value: Range<Int32>
    }

    /// The names and values of the fields that select a reply, in the order in which they were sent.
    struct Selection {
        var bytes: [UInt8] = []
        var hash: UInt64 = 0
    }

    /// Makes the section empty. Its memory is used again.
    func removeAll() {
        bytes.removeAll(keepingCapacity: true)
        fields.removeAll(keepingCapacity: true)
        nameLengths = 0
        selection.bytes.removeAll(keepingCapacity: true)
        selection.hash = 0
        isPlain = false
    }

    func add(_ field: Field) {
        fields.append(field)
        nameLengths |= Self.lengthBit(field.name.count)
    }

    /// Copies the bytes in which the fields are.
    func copy(_ section: UnsafeBufferPointer<UInt8>) { bytes.append(contentsOf: section) }

    /// Notes which fields select a reply.
    func select(_ selecting: SelectingFields) {
        bytes.withUnsafeBufferPointer { bytes in
            for field in fields {
                guard let number = selecting.number(of: bytes[field.name]) else { continue }
                selection.bytes.append(number)
                selection.bytes.append(contentsOf: bytes[field.value])
                // No value contains it.
                selection.bytes.append(0)
            }
        }
        selection.hash = selection.bytes.withUnsafeBufferPointer { KeptReplies.hash($0, 0) }
    }

    /// Whether the library parsed the same section for its current request, byte by byte and field by field.
    ///
    /// The positions matter as well, because the library replaces characters by NUL, which a client may also send.
    func isRepeated(_ section: UnsafeBufferPointer<UInt8>, by connection: OpaquePointer) -> Bool {
        guard section.count == bytes.count, memcmp(section.baseAddress!, bytes, bytes.count) == 0 else { return false }
        return fields.withUnsafeBufferPointer { fields in
            var comparison = Comparison(rest: fields[...], start: section.baseAddress!)
            _ = withUnsafeMutablePointer(to: &comparison) {
                MHD_get_connection_values_n(connection, .HEADER_KIND, compareField, $0)
            }
            return comparison.isEqual && comparison.rest.isEmpty
        }
    }

    fileprivate struct Comparison {
        var rest: Slice<UnsafeBufferPointer<Field>>
        let start: UnsafePointer<UInt8>
        var isEqual = true

        mutating func take(_ name: UnsafePointer<CChar>, _ value: UnsafePointer<CChar>) {
            guard let field = rest.popFirst() else { return isEqual = false }
            let (name, value) = (UnsafeRawPointer(name), UnsafeRawPointer(value))
            isEqual =
                isEqual && name - UnsafeRawPointer(start) == Int(field.name.lowerBound)
                && value - UnsafeRawPointer(start) == Int(field.value.lowerBound)
        }
    }

    /// Whether a field's name has the length of this one.
    @inline(__always)
    private func mayHave(_ name: String) -> Bool { nameLengths & Self.lengthBit(name.utf8.count) != 0 }

    private static func lengthBit(_ length: Int) -> UInt64 { 1 << UInt64(min(length, 63)) }

    /// The value of the field called `name`; several lines are joined with `, ` (RFC 9110 §5.3).
    func value(_ name: String) -> String? {
        guard mayHave(name) else { return nil }
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

    /// Whether the field called `name` was sent.
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
                    body(field.value.positions)
                }
            }
        }
    }
}

/// `MHD_KeyValueIteratorN` for the comparison at `comparison`.
private func compareField(
    _ comparison: UnsafeMutableRawPointer?, _ kind: MHD_ValueKind, _ name: UnsafePointer<CChar>?, _ nameSize: Int,
    _ value: UnsafePointer<CChar>?, _ valueSize: Int
) -> MHD_Result {
    guard let comparison, let name, let value else { return .NO }
    comparison.assumingMemoryBound(to: HeaderSection.Comparison.self).pointee.take(name, value)
    return .YES
}

extension UnsafeBufferPointer<UInt8> {
    fileprivate subscript(range: Range<Int32>) -> Self {
        Self(rebasing: self[range.positions])
    }
}

extension Range<Int32> {
    fileprivate var positions: Range<Int> { Int(lowerBound)..<Int(upperBound) }
}
