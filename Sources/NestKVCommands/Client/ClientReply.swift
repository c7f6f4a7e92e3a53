/// A server's answer: its head, and its body piece by piece.
package final class ClientReply {
    /// The maximum size of all header fields together, in bytes.
    private static let headBytesMax = 64 << 10

    /// The status code.
    package let status: Int
    /// The header fields, in the order in which the server sent them.
    let fields: [(name: Substring, value: Substring)]
    private let input: ClientInput
    private let isOfVersion11: Bool
    private var framing: ReplyFraming

    /// Reads the head of the final answer. Interim answers (1xx) are skipped.
    init(from input: ClientInput, to method: String) throws(ClientFailure) {
        var head = try Self.head(from: input)
        while (100..<200).contains(head.status) { head = try Self.head(from: input) }
        (isOfVersion11, status, fields) = head
        framing = try ReplyFraming(method: method, status: status, fields: fields)
        self.input = input
    }

    /// The connection, if the whole answer was read and the server keeps it open.
    var reusableConnection: ClientInput? {
        guard isOfVersion11, framing.isComplete, input.isDrained, self["Connection"]?.lowercased() != "close" else {
            return nil
        }
        return input
    }

    /// The value of a header field, whatever the case of its name; nil if there is no such field.
    subscript(name: String) -> Substring? {
        fields.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// The next piece of the body; nil at its end.
    func next() throws(ClientFailure) -> ArraySlice<UInt8>? {
        try framing.next(from: input)
    }

    /// Sets the time limit for the rest of the answer, from now on. For an answer without an end.
    func allow(_ time: Duration) { input.socket.deadline = .now + time }

    /// The whole body.
    ///
    /// - Throws: ``ClientFailure``, also if it is longer than `limit` bytes.
    package func body(limit: Int) throws(ClientFailure) -> [UInt8] {
        var body: [UInt8] = []
        while let piece = try next() {
            guard body.count + piece.count <= limit else {
                throw ClientFailure("the answer has more than \(limit) bytes")
            }
            body += piece
        }
        return body
    }

    private static func head(
        from input: ClientInput
    ) throws(ClientFailure) -> (isOfVersion11: Bool, status: Int, fields: [(name: Substring, value: Substring)]) {
        var left = headBytesMax
        let line = try input.line(limit: &left)
        let words = line.split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard words.count > 1, words[0].hasPrefix("HTTP/1."), words[1].utf8.count == 3, let status = Int(words[1]),
            (100...999).contains(status)
        else { throw .malformed("it begins with '\(line.prefix(80))'") }
        var fields: [(name: Substring, value: Substring)] = []
        while case let line = try input.line(limit: &left), !line.isEmpty {
            guard let colon = line.firstIndex(of: ":"), colon > line.startIndex else {
                throw .malformed("it has the header line '\(line.prefix(80))'")
            }
            let value = line[line.index(after: colon)...].drop { $0 == " " || $0 == "\t" }
            fields.append((line[..<colon], value))
        }
        return (words[0] == "HTTP/1.1", status, fields)
    }
}
