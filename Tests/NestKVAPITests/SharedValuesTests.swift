import MicroHTTP
import MicroJSON
import NestKVCore
import NestKVStorage
import TestSupport
import Testing

@testable import NestKVAPI

/// Snapshots that many streams begin with at once. Some of them got 503 while one of them was making the chunk.
@Suite(.timeLimit(.minutes(1)))
struct SharedValuesTests {
    @Test func `tasks that need one state at once share its chunk, also if there is room for only one`() async throws {
        let key = Key(["e", "a"].map { Array($0.utf8) })
        let value = JSONText.string(String(repeating: "x", count: 8 << 20))
        let record = Record(
            key: key, value: value, version: 1, revision: 1, createdAt: .now, updatedAt: .now,
            expiresAt: nil, dataHash: CanonicalHashing().hash(of: value), attribution: .none, isDeleted: false)
        let node = Node(
            key: key,
            records: NodeRecords(latest: record, revision: 1))
        let inFlight = BytesInFlight(limit: 12 << 20)
        let values = SharedValues()
        for _ in 0..<10 {
            try await withThrowingTaskGroup(of: StreamChunk.self) { group in
                for _ in 0..<8 { group.addTask { try values.chunk(of: node, in: inFlight) } }
                let chunks = try await group.reduce(into: []) { $0.append($1) }
                #expect(chunks.allSatisfy { $0 === chunks[0] })
            }
            // A task that has ended is freed a moment later.
            try await eventually("the chunk is freed") { inFlight.bytes == 0 }
        }
    }
}
