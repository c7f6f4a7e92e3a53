import MicroHTTP
import NestKVCore
import NestKVStorage
import Synchronization

/// Composed values that are being sent in snapshots. All streams that receive the same state of a path share one
/// object while any of them is being sent it.
final class SharedValues: Sendable {
    private struct State: Hashable {
        let key: Key
        let etag: EntityTag
    }

    private struct Shared {
        weak var chunk: StreamChunk?
    }

    private let known = Mutex<[State: Shared]>([:])

    /// The composed value of a node.
    ///
    /// - Throws: 503 when the limit on bytes in flight leaves no room for it.
    func chunk(of node: Node, in inFlight: BytesInFlight) throws(Problem) -> StreamChunk {
        let state = State(key: node.key, etag: node.etag)
        if let chunk = find(state) { return chunk }
        guard let chunk = StreamChunk(node.composed().utf8, ifRoomIn: inFlight) else {
            // Another task may have made it meanwhile.
            if let chunk = find(state) { return chunk }
            inFlight.noteRefusal()
            throw Problem(Rejection.tooManyBytesInFlight(limit: inFlight.limit))
        }
        return known.withLock { known in
            if let other = known[state]?.chunk { return other }
            known = known.filter { $0.value.chunk != nil }
            known[state] = Shared(chunk: chunk)
            return chunk
        }
    }

    private func find(_ state: State) -> StreamChunk? {
        known.withLock { $0[state]?.chunk }
    }
}
