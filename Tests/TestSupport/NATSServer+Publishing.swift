extension NATSServer {
    /// Sends a message like any program, and waits for the reply. For a stream's subject, this is its acknowledgement.
    @discardableResult
    public func publish(
        _ subject: String, headers: [(name: String, value: String)] = [], _ payload: String
    ) async throws -> String {
        let port = port
        let head = headers.isEmpty ? "" : "NATS/1.0\r\n" + headers.map { "\($0): \($1)\r\n" }.joined() + "\r\n"
        let size = head.utf8.count + payload.utf8.count
        let sizes = headers.isEmpty ? "\(size)" : "\(head.utf8.count) \(size)"
        return try await onThread {
            let connection = try Connection(port: port, patience: 10)
            let hello = #"CONNECT {"verbose":false,"headers":true,"no_responders":true}"# + "\r\nSUB _R 1\r\n"
            let verb = headers.isEmpty ? "PUB" : "HPUB"
            try connection.send(Array("\(hello)\(verb) \(subject) _R \(sizes)\r\n\(head)\(payload)\r\n".utf8))
            var seen = ""
            while true {
                seen += String(decoding: try connection.readSome(), as: UTF8.self)
                guard let start = seen.firstRange(of: "MSG _R 1 ")?.upperBound else { continue }
                let lines = seen[start...].split(separator: "\r\n", omittingEmptySubsequences: false)
                // The text of a reply, and the line feed after it.
                if lines.count > 2 { return lines.dropFirst().dropLast().joined(separator: "\n") }
            }
        }
    }

    /// Sets a key of a bucket like any KV client.
    @discardableResult
    public func put(
        _ bucket: String, _ key: String, _ value: String, headers: [(name: String, value: String)] = []
    ) async throws -> String {
        let answer = try await publish("$KV.\(bucket).\(key)", headers: headers, value)
        guard answer.contains("\"seq\":") else { throw TestFailure("\(key) is not stored: \(answer)") }
        return answer
    }
}
