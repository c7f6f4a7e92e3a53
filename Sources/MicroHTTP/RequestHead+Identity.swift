import Glibc
import MicroText
import Synchronization

extension RequestHead {
    var requestID: String {
        var id = ""
        withRequestID { id = String(decoding: $0, as: UTF8.self) }
        return id
    }

    /// Calls `body` with the bytes of ``requestID``.
    func withRequestID(_ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        if let id = sentID ?? validTraceparent?.dropFirst(3).prefix(32) { return id.withUnsafeBufferPointer(body) }
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 2 * 16 + 1) { text in
            let start = text.writeHexadecimal(Self.prefix, at: 0)
            text[start] = UInt8(ascii: "-")
            let end = text.writeHexadecimal(ownNumber, at: start + 1)
            body(UnsafeBufferPointer(rebasing: text[..<end]))
        }
    }

    private var sentID: ArraySlice<UInt8>? {
        guard let id = onlyValue("x-request-id"), (1...128).contains(id.count) else { return nil }
        return id.allSatisfy { $0 > 0x20 && $0 < 0x7F } ? id : nil
    }

    var traceparent: String? { validTraceparent.map { String(decoding: $0, as: UTF8.self) } }

    /// The valid `traceparent` (W3C Trace Context §3.2): `version-traceid-parentid-flags` in lower-case hexadecimal,
    /// with ids that are not all zeros and a version other than `ff`. Versions after 00 may have more after the flags.
    private var validTraceparent: ArraySlice<UInt8>? {
        guard let value = onlyValue("traceparent") else { return nil }
        return value.withUnsafeBufferPointer(Self.isTraceparent) ? value : nil
    }

    private static func isTraceparent(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        let dash = UInt8(ascii: "-")
        guard text.count == 55 || text.count > 55 && text[55] == dash && !text.starts(with: "00".utf8) else {
            return false
        }
        guard text[2] == dash, text[35] == dash, text[52] == dash, !text.starts(with: "ff".utf8) else { return false }
        func isHex(_ part: Range<Int>) -> Bool { text[part].allSatisfy(\.isLowercaseHex) }
        func isZero(_ part: Range<Int>) -> Bool { text[part].allSatisfy { $0 == UInt8(ascii: "0") } }
        guard isHex(0..<2), isHex(3..<35), isHex(36..<52), isHex(53..<55) else { return false }
        return !isZero(3..<35) && !isZero(36..<52)
    }

    /// An id as a part of a URI. Characters that are not permitted there are percent-encoded (RFC 3986 §3.3).
    static func uriPart(_ id: String) -> String {
        func isKept(_ byte: UInt8) -> Bool {
            PercentEncoding.isUnreserved(byte) || "!$&'()*+,;=:@".utf8.contains(byte)
        }
        return id.utf8.allSatisfy(isKept) ? id : PercentEncoding.encode(id.utf8, keeping: isKept)
    }

    private static let prefix = UInt64.random(in: .min ... .max) | 1 << 63
    private static let counter = Atomic<UInt64>(0)

    /// The number of this request in this process, given when it is first asked for.
    private var ownNumber: UInt64 {
        let known = idNumber.load(ordering: .relaxed)
        guard known == 0 else { return known }
        let next = Self.counter.add(1, ordering: .relaxed).newValue
        // The handler may ask on another thread at the same time.
        let (isFirst, original) = idNumber.compareExchange(expected: 0, desired: next, ordering: .relaxed)
        return isFirst ? next : original
    }
}

extension UnsafeMutableBufferPointer<UInt8> {
    /// Writes a number in lower-case hexadecimal without leading zeros; returns the index after it.
    fileprivate func writeHexadecimal(_ number: UInt64, at start: Int) -> Int {
        let digits = Swift.max(1, (67 - number.leadingZeroBitCount) / 4)
        var rest = number
        var index = start + digits
        while index > start {
            index -= 1
            self[index] = Hexadecimal.digit(UInt8(truncatingIfNeeded: rest) & 15)
            rest >>= 4
        }
        return start + digits
    }
}
