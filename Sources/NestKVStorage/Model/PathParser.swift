import MicroText

/// Reads a raw path byte by byte into a key's bytes.
package struct PathParser {
    package private(set) var bytes: [UInt8] = []
    package private(set) var hasNonASCII = false
    private var segmentStart = 0
    private var pendingDigits = 0
    private var pendingValue: UInt8 = 0

    package init(capacity: Int) {
        bytes.reserveCapacity(capacity)
    }

    package mutating func take(_ byte: UInt8) throws(KeyError) {
        if pendingDigits > 0 {
            try takeHexDigit(byte)
        } else if byte == UInt8(ascii: "/") {
            try endSegment()
        } else if byte == UInt8(ascii: "%") {
            pendingDigits = 2
            pendingValue = 0
        } else {
            try append(byte)
        }
    }

    package mutating func endSegment() throws(KeyError) {
        guard pendingDigits == 0 else { throw badEscape() }
        guard bytes.count > segmentStart else {
            throw KeyError(
                .invalid, "Segment \(segmentNumber) of the path is empty; give a name between each two '/'.")
        }
        if bytes[segmentStart] == UInt8(ascii: "."), isDots {
            throw KeyError(
                .invalid, "Segment \(segmentNumber) of the path is '.' or '..', which is not allowed in a key.")
        }
        bytes.append(0)
        segmentStart = bytes.count
    }

    private var isDots: Bool { bytes.count - segmentStart <= 2 && bytes[bytes.count - 1] == UInt8(ascii: ".") }

    private var segmentNumber: Int { bytes.count(where: { $0 == 0 }) + 1 }

    package func checkUTF8() throws(KeyError) {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw KeyError(.invalid, "The path is not valid UTF-8 after percent-decoding.")
        }
        if let control = text.unicodeScalars.first(where: { (0x80...0x9F).contains($0.value) }) {
            throw KeyError(
                .invalid,
                "The path contains the control character U+00\(String(control.value, radix: 16)), which is not allowed."
            )
        }
    }

    private mutating func takeHexDigit(_ byte: UInt8) throws(KeyError) {
        guard let digit = Hexadecimal.value(of: byte) else { throw badEscape() }
        pendingValue = pendingValue << 4 | digit
        pendingDigits -= 1
        if pendingDigits == 0 { try append(pendingValue) }
    }

    package mutating func append(_ byte: UInt8) throws(KeyError) {
        if byte >= 0x80 {
            hasNonASCII = true
        } else if byte < 0x20 || byte == 0x7F {
            let number = String(byte, radix: 16, uppercase: true)
            throw KeyError(
                .invalid,
                "The path contains the control character %\(byte < 16 ? "0" : "")\(number), which is not allowed."
            )
        }
        bytes.append(byte)
    }

    private func badEscape() -> KeyError {
        KeyError(
            .invalid, "A '%' in the path is not followed by two hexadecimal digits; write a literal '%' as '%25'.")
    }
}
