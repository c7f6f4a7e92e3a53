/// Reads lines and pieces from a connection.
final class ClientInput {
    let socket: ClientSocket
    private var buffer: ArraySlice<UInt8> = []

    init(_ socket: ClientSocket) { self.socket = socket }

    /// Whether everything that was received has been read.
    var isDrained: Bool { buffer.isEmpty }

    /// The next line without its end, CR LF or LF.
    ///
    /// - Parameter limit: how many bytes lines may still have; reduced by the length of this line.
    func line(limit: inout Int) throws(ClientFailure) -> String {
        var line: [UInt8] = []
        while true {
            if buffer.isEmpty { try fill() }
            let part = buffer.prefix { $0 != UInt8(ascii: "\n") }
            line += part
            // One byte more, for a CR.
            guard line.count <= limit + 1 else { throw .malformed("a header line is too long") }
            let isEnded = part.endIndex < buffer.endIndex
            buffer = buffer[(part.endIndex + (isEnded ? 1 : 0))...]
            guard isEnded else { continue }
            if line.last == UInt8(ascii: "\r") { line.removeLast() }
            limit -= line.count
            return String(decoding: line, as: UTF8.self)
        }
    }

    /// The next bytes: at least one, at most `count`.
    ///
    /// - Throws: ``ClientFailure`` if the server has closed the connection.
    func piece(atMost count: Int) throws(ClientFailure) -> ArraySlice<UInt8> {
        if buffer.isEmpty { try fill() }
        let piece = buffer.prefix(count)
        buffer = buffer.dropFirst(count)
        return piece
    }

    /// The next bytes; nil if the server has closed the connection.
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
