import CMicroHTTPD
import Glibc
import MicroText

/// Writes responses to the socket without the library. Such a response is always the last one of its connection.
enum RawResponse {
    /// Sends as much as the socket takes at once. Such a response is small, and an empty send buffer takes all of it.
    static func send(_ response: Response, to socket: Int32, withBody: Bool = true) {
        let bytes = encode(response, withBody: withBody)
        let flags = Int32(MSG_NOSIGNAL | MSG_DONTWAIT)
        bytes.withUnsafeBytes { _ = Glibc.send(socket, $0.baseAddress, $0.count, flags) }
    }

    static func encode(_ response: Response, withBody: Bool) -> [UInt8] {
        let head = encodeHead(response, framing: "Content-Length: \(response.body.count)\r\n")
        return head + (withBody ? response.body : [])
    }

    /// The head of a response whose body is chunked, or (HTTP/1.0) goes on until the connection closes.
    static func encodeStreamHead(_ response: Response, isChunked: Bool) -> [UInt8] {
        encodeHead(response, framing: isChunked ? "Transfer-Encoding: chunked\r\n" : "")
    }

    private static func encodeHead(_ response: Response, framing: String) -> [UInt8] {
        let reason = MHD_get_reason_phrase_for(UInt32(response.status)).map { String(cString: $0) } ?? ""
        let date = HTTPDate.text(secondsSinceEpoch: time(nil))
        var head = "HTTP/1.1 \(response.status) \(reason)\r\nDate: \(date)\r\nConnection: close\r\n"
        for (name, value) in response.headers where isSafe(name) && isSafe(value) { head += "\(name): \(value)\r\n" }
        head += framing + "\r\n"
        return Array(head.utf8)
    }

    private static func isSafe(_ text: String) -> Bool { text.utf8.allSatisfy { $0 >= 0x20 || $0 == 0x09 } }
}
