import CMicroHTTPD

/// Reads the header section in the library's memory, field by field, and notes the fields in the section of a
/// `RequestHead`.
///
/// The library drops the text after a NUL in a value and the second line of a folded value, and accepts most other
/// faults. It doesn't move lines, however; it replaces colons and line ends by NUL. In a section without faults every
/// name therefore begins immediately after the previous line, and dropped text leaves a gap.
struct FieldScan {
    private let head: RequestHead
    private let sectionStart: UnsafePointer<CChar>
    private var lineEnd: UnsafePointer<CChar>
    private var fault: String?
    private(set) var hosts = 0
    /// The value of the last `Host`, in the library's memory.
    private(set) var host: UnsafeBufferPointer<UInt8>?
    private(set) var contentLengths = 0
    private(set) var transferEncodings = 0

    /// - Parameter sectionStart: the end of the request line.
    init(_ head: RequestHead, sectionStart: UnsafePointer<CChar>) {
        self.head = head
        self.sectionStart = sectionStart
        lineEnd = sectionStart
    }

    fileprivate mutating func add(
        name: UnsafePointer<CChar>, nameSize: Int, value: UnsafePointer<CChar>, valueSize: Int
    ) {
        guard fault == nil else { return }
        // CR LF, or a bare LF, which a recipient may accept (RFC 9112 §2.2).
        guard name == lineEnd + 2 || name == lineEnd + 1 else {
            fault = "A header field is folded over two lines or contains a NUL byte."
            return
        }
        let nameEnd = name + nameSize
        guard nameSize > 0, bytes(name, nameSize).allSatisfy(\.isTokenCharacter) else {
            fault = "The name of a header field is not a token, or there is a space before the colon."
            return
        }
        var valueSize = valueSize
        lineEnd = value + valueSize
        guard nameEnd < value, bytes(nameEnd + 1, value - nameEnd - 1).allSatisfy({ $0 == 0x20 || $0 == 0x09 }),
            bytes(value, valueSize).allSatisfy({ $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 })
        else {
            fault = "The value of a header field contains a control character."
            return
        }
        while valueSize > 0, value[valueSize - 1] == 0x20 || value[valueSize - 1] == 0x09 { valueSize -= 1 }
        switch nameSize {
        case 4 where isField(name, "host"):
            hosts += 1
            host = bytes(value, valueSize)
            if !isHost(bytes(value, valueSize)) { fault = "The value of Host is not a host and port." }
        case 14 where isField(name, "content-length"): contentLengths += 1
        case 17 where isField(name, "transfer-encoding"): transferEncodings += 1
        default: break
        }
        let nameStart = Int32(name - sectionStart)
        let valueStart = Int32(value - sectionStart)
        head.section.add(
            HeaderSection.Field(
                name: nameStart..<nameStart + Int32(nameSize), value: valueStart..<valueStart + Int32(valueSize)))
    }

    /// Checks the whole and copies the section into the head.
    ///
    /// - Parameter end: the end of the header section, its empty line included.
    mutating func finish(end: UnsafePointer<CChar>, limit: Int) -> Rejection? {
        // This comes first, because the fields of a refused section are also used, for example for its request id.
        head.section.copy(bytes(sectionStart, end - sectionStart))
        if end - sectionStart > limit { return .headersTooLarge(limit: limit) }
        if let fault { return .malformed(fault) }
        guard (2...4).contains(end - lineEnd) else {
            return .malformed("A header field is folded over two lines or contains a NUL byte.")
        }
        return nil
    }

    private func bytes(_ start: UnsafePointer<CChar>, _ count: Int) -> UnsafeBufferPointer<UInt8> {
        UnsafeBufferPointer(start: UnsafeRawPointer(start).assumingMemoryBound(to: UInt8.self), count: count)
    }

    private func isField(_ name: UnsafePointer<CChar>, _ wanted: StaticString) -> Bool {
        bytes(name, wanted.utf8CodeUnitCount).equalsIgnoringCase(
            UnsafeBufferPointer(start: wanted.utf8Start, count: wanted.utf8CodeUnitCount))
    }

    /// Whether a value has only the characters of a host and port (RFC 3986 §3.2.2, §3.2.3). An empty value is valid.
    private func isHost(_ value: UnsafeBufferPointer<UInt8>) -> Bool {
        value.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#"), UInt8(ascii: "@"), UInt8(ascii: ","),
                UInt8(ascii: "\\"), UInt8(ascii: "\""), UInt8(ascii: "<"), UInt8(ascii: ">"):
                false
            default: byte > 0x20 && byte < 0x7F
            }
        }
    }
}

/// `MHD_KeyValueIteratorN` for the `FieldScan` at `scan`.
func scanField(
    _ scan: UnsafeMutableRawPointer?, _ kind: MHD_ValueKind, _ name: UnsafePointer<CChar>?, _ nameSize: Int,
    _ value: UnsafePointer<CChar>?, _ valueSize: Int
) -> MHD_Result {
    guard let scan, let name, let value else { return .NO }
    scan.assumingMemoryBound(to: FieldScan.self).pointee
        .add(name: name, nameSize: nameSize, value: value, valueSize: valueSize)
    return .YES
}
