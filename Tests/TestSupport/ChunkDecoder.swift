/// Decodes a chunked body (RFC 9112 §7.1) that arrives in any pieces.
struct ChunkDecoder {
    /// Whether the last chunk has arrived, so that the body is complete.
    private(set) var isComplete = false
    private var left = 0
    private var line: [UInt8] = []
    private var isBehindData = false

    /// The payload of a piece.
    mutating func decode(_ bytes: ArraySlice<UInt8>) throws -> [UInt8] {
        var payload: [UInt8] = []
        var rest = bytes
        while !rest.isEmpty, !isComplete {
            if left > 0 {
                let part = rest.prefix(left)
                payload.append(contentsOf: part)
                rest = rest.dropFirst(part.count)
                left -= part.count
                isBehindData = left == 0
            } else if let byte = rest.popFirst() {
                line.append(byte)
                if line.suffix(2).elementsEqual([0x0D, 0x0A]) { try endLine() }
            }
        }
        return payload
    }

    private mutating func endLine() throws {
        defer { line = [] }
        if isBehindData, line.count == 2 {
            isBehindData = false
            return
        }
        guard let size = Int(String(decoding: line.dropLast(2), as: UTF8.self), radix: 16) else {
            throw TestFailure("'\(String(decoding: line, as: UTF8.self))' is no size of a chunk")
        }
        left = size
        isComplete = size == 0
    }
}
