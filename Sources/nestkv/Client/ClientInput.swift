/// A connection and what comes over it, read by lines and by pieces.
final class ClientInput {
    let socket: ClientSocket
    private var buffer: ArraySlice<UInt8> = []

    init(_ socket: ClientSocket) { self.socket = socket }

    /// Whether all that came was read.
    var isDrained: Bool { buffer.isEmpty }

    /// The next line without its end, CR LF or LF.
    ///
    /// - Parameter limit: the bytes that lines may still have, from which this one's are taken.
    func line(limit: inout Int) throws(ClientFailure) -> String {
        var line: [UInt8] = []
        while true {
            if buffer.isEmpty { try fill() }
            let part = buffer.prefix { $0 != UInt8(ascii: "\n") }
            line += part
            // One more for a CR.
            guard line.count <= limit + 1 else { throw .malformed("a line of its head is too long") }
            let isEnded = part.endIndex < buffer.endIndex
            buffer = buffer[(part.endIndex + (isEnded ? 1 : 0))...]
            guard isEnded else { continue }
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            limit -= line.count
            return String(decoding: line, as: UTF8.self)
        }
    }

    /// The next bytes, at least one and at most so many.
    ///
    /// - Throws: ``ClientFailure`` when the server has closed.
    func piece(atMost count: Int) throws(ClientFailure) -> ArraySlice<UInt8> {
        if buffer.isEmpty { try fill() }
        let piece = buffer.prefix(count)
        buffer = buffer.dropFirst(count)
        return piece
    }

    /// The next bytes, nil when the server has closed.
    func piece() throws(ClientFailure) -> ArraySlice<UInt8>? {
        defer { buffer = [] }
        if !buffer.isEmpty { return buffer }
        let bytes = try socket.receive()
        return bytes.isEmpty ? nil : bytes[...]
    }

    private func fill() throws(ClientFailure) {
        buffer = try socket.receive()[...]
        if buffer.isEmpty { throw .cut }
    }
}
