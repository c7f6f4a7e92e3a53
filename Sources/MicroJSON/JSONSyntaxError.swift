/// Why and where a text is not JSON that this codec accepts.
public struct JSONSyntaxError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The kind of error, for programs.
    public enum Code: String, Sendable, Hashable {
        /// A violation of the grammar of RFC 8259.
        case syntax
        /// Bytes that are not UTF-8, or an escape of half a surrogate pair.
        case encoding
        /// A member name that occurs twice in its object, after decoding escapes.
        case duplicateName
        /// More levels than `JSONLimits.maximumDepth`.
        case depth
        /// More bytes than `JSONLimits.maximumBytes`.
        case size
        /// An exponent of more than 18 digits, whose value could not be compared.
        case range
    }

    /// The kind of error.
    public let code: Code
    /// What was expected and what was found, as in `expected ',' or ']' after an array element, found '}'`.
    public let reason: String
    /// The line of the error, from 1; lines end with a line feed.
    public let line: Int
    /// The column of the error in its line, from 1, in Unicode scalars.
    public let column: Int
    /// The position of the error in the text, in bytes from 0.
    public let offset: Int

    /// An error at a known position.
    public init(code: Code, reason: String, line: Int, column: Int, offset: Int) {
        self.code = code
        self.reason = reason
        self.line = line
        self.column = column
        self.offset = offset
    }

    /// An error at a byte of a text. Line and column are counted here, so that the parser needn't count them.
    init(code: Code, reason: String, offset: Int, in text: UnsafeBufferPointer<UInt8>) {
        var line = 1
        var column = 1
        for byte in text[..<min(offset, text.count)] {
            if byte == Ascii.lineFeed {
                line += 1
                column = 1
            } else if byte & 0xC0 != 0x80 {
                column += 1
            }
        }
        self.init(code: code, reason: reason, line: line, column: column, offset: offset)
    }

    /// The reason and the position, in one line.
    public var description: String {
        "\(reason) at line \(line), column \(column) (byte \(offset))"
    }
}
