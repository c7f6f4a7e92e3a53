/// How the length of an answer's body is determined (RFC 9112 §6.3).
enum ReplyFraming {
    /// This number of bytes is left.
    case length(Int)
    /// This number of bytes is left of the current chunk; nil: the size of a chunk is next.
    case chunks(left: Int?)
    /// The body ends when the server closes the connection.
    case untilClose
    /// The whole body was read.
    case ended

    /// The framing according to an answer's head.
    init(
        method: String, status: Int, fields: [(name: Substring, value: Substring)]
    ) throws(ClientFailure) {
        guard method != "HEAD", status != 204, status != 304 else {
            self = .ended
            return
        }
        let codings = fields.filter { $0.name.lowercased() == "transfer-encoding" }
        let lengths = Set(fields.filter { $0.name.lowercased() == "content-length" }.map(\.value))
        if let coding = codings.first {
            guard codings.count == 1, coding.value.lowercased() == "chunked" else {
                throw .malformed("it has the transfer coding '\(coding.value.prefix(80))'")
            }
            self = .chunks(left: nil)
        } else if let text = lengths.first {
            guard lengths.count == 1, text.utf8.allSatisfy({ (0x30...0x39).contains($0) }), let length = Int(text)
            else { throw .malformed("it has the length '\(text.prefix(80))'") }
            self = .length(length)
        } else {
            self = .untilClose
        }
    }

    /// Whether the whole body was read, so that another answer may follow.
    var isComplete: Bool {
        switch self {
        case .ended, .length(0): true
        default: false
        }
    }

    /// The next piece of the body; nil at its end.
    mutating func next(from input: ClientInput) throws(ClientFailure) -> ArraySlice<UInt8>? {
        switch self {
        case .ended, .length(0): return nil
        case .untilClose: return try input.piece()
        case .length(let left):
            let piece = try input.piece(atMost: left)
            self = .length(left - piece.count)
            return piece
        case .chunks(let left?):
            let piece = try input.piece(atMost: left)
            if piece.count == left { try Self.end(ofLine: input) }
            self = .chunks(left: piece.count == left ? nil : left - piece.count)
            return piece
        case .chunks(nil):
            return try nextChunk(from: input)
        }
    }

    private mutating func nextChunk(from input: ClientInput) throws(ClientFailure) -> ArraySlice<UInt8>? {
        var limit = 1024
        let line = try input.line(limit: &limit)
        let digits = line.prefix { $0 != ";" && $0 != " " && $0 != "\t" }
        guard digits.first?.isHexDigit == true, let size = Int(digits, radix: 16) else {
            throw .malformed("it has a chunk of '\(line.prefix(80))' bytes")
        }
        guard size == 0 else {
            self = .chunks(left: size)
            return try next(from: input)
        }
        limit = 64 << 10
        while try !input.line(limit: &limit).isEmpty {}
        self = .ended
        return nil
    }

    private static func end(ofLine input: ClientInput) throws(ClientFailure) {
        var limit = 1024
        guard try input.line(limit: &limit).isEmpty else { throw .malformed("a chunk is longer than its size") }
    }
}
