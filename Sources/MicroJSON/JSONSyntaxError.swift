/// Why a text is not the JSON that this codec takes, and where.
public struct JSONSyntaxError: Error, Sendable, Hashable, CustomStringConvertible {
    /// The sort of mistake, for a program.
    public enum Code: String, Sendable, Hashable {
        /// Not the grammar of RFC 8259.
        case syntax
        /// Bytes that are not UTF-8, or an escape that names half a surrogate pair.
        case encoding
        /// A member name that its object already has, escapes decoded.
        case duplicateName
        /// More levels than `JSONLimits.maximumDepth`.
        case depth
        /// More bytes than `JSONLimits.maximumBytes`.
        case size
        /// An exponent of more than 18 digits: its value could not be compared with another.
        case range
    }

    /// The sort of mistake.
    public let code: Code
    /// What was expected and what was found, such as `expected ',' or ']' after an array element, found '}'`.
    public let reason: String
    /// The line of the mistake, from 1; lines end with a line feed.
    public let line: Int
    /// The column of the mistake in its line, from 1, counted in Unicode scalars.
    public let column: Int
    /// The position of the mistake in the text, in bytes from 0.
    public let offset: Int

    /// An error at a position that the caller knows.
    public init(code: Code, reason: String, line: Int, column: Int, offset: Int) {
        self.code = code
        self.reason = reason
        self.line = line
        self.column = column
        self.offset = offset
    }

    /// An error at a byte of a text; line and column are counted here, so that parsing needn't.
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

    /// The reason with the place, in one line.
    public var description: String {
        "\(reason) at line \(line), column \(column) (byte \(offset))"
    }
}
