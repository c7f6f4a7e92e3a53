import TestSupport
import Testing

/// Stores `/short/l/0` and so on for a second, a thousand with a batch, by the clients in turn.
func putShortLivedLeaves(_ count: Int, by clients: [HTTPClient]) async throws {
    for (batch, start) in stride(from: 0, to: count, by: 1000).enumerated() {
        let operations = (start..<start + 1000).map {
            #"{"method":"PUT","path":"/short/l/\#($0)","value":\#($0),"ttl":"1s"}"#
        }
        let body = #"{"operations":[\#(operations.joined(separator: ","))]}"#
        #expect(try await clients[batch % clients.count].send("POST", "/_batch", body: body).status == 200)
    }
}
