import MicroHTTP
import NestKVCore

/// A request that makes one write.
extension Call {
    /// Whether it can perhaps be answered without waiting.
    var mayWriteAtOnce: Bool {
        store.writesAtOnce && !mayComputeLong && !request.hasHeader(.idempotencyKey)
            && request.preferredReturn != .representation
    }

    /// Carries out the write and answers, if that needs no waiting. Otherwise nil, and nothing was written.
    func carryOutAtOnce(_ write: WriteRequest) throws -> Response? {
        guard let result = try store.writeAtOnce([write], if: []) else { return nil }
        return result[0].briefResponse(to: self, write)
    }

    /// Carries out the write, once if the request has an `Idempotency-Key`, and answers.
    func carryOut(_ write: WriteRequest) async throws -> Response {
        try await once { marker in
            let result = try await store.write([write] + marker, if: [])[0]
            return await result.response(to: self, write)
        }
    }
}
