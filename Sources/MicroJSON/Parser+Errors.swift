extension Parser {
    /// An error at `position`.
    @inline(never)
    func failure(_ code: JSONSyntaxError.Code, _ reason: String) -> JSONSyntaxError {
        JSONSyntaxError(code: code, reason: reason, offset: position, in: bytes)
    }

    /// An error with what was expected and what was found at `position`.
    @inline(never)
    func unexpected(_ expected: String) -> JSONSyntaxError {
        if position == 0, bytes.starts(with: [0xEF, 0xBB, 0xBF]) {
            return failure(.syntax, "expected a value, found a byte order mark, which JSON must not contain")
        }
        return failure(.syntax, "expected \(expected), \(found)")
    }

    /// A description of the byte or character at `position`.
    var found: String {
        guard position < bytes.count else { return "found the end of the text" }
        let byte = bytes[position]
        if byte < 0x20 || byte == 0x7F { return "found the control character U+00\(Self.hex(byte).dropFirst(2))" }
        guard byte >= 0x80 else { return "found '\(Unicode.Scalar(byte))'" }
        let length = byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4
        let scalar = bytes[position..<min(position + length, bytes.count)]
        guard let text = String(validating: scalar, as: UTF8.self) else { return "found byte \(Self.hex(byte))" }
        return "found '\(text)'"
    }

    /// A byte in the form `0x1F`.
    static func hex(_ byte: UInt8) -> String {
        let digits = String(byte, radix: 16, uppercase: true)
        return "0x" + (digits.count < 2 ? "0" : "") + digits
    }
}
