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

    /// The chunk of one state.
    private final class Slot: Sendable {
        struct Shared {
            weak var chunk: StreamChunk?
        }

        /// Locked while the chunk is made, so that others get it instead of making their own.
        let shared = Mutex(Shared())
        /// The tasks that use the slot. Only accessed under the lock of ``SharedValues``.
        nonisolated(unsafe) var users = 0
    }

    private let slots = Mutex<[State: Slot]>([:])

    /// The composed value of a node.
    ///
    /// - Throws: 503 when the limit on bytes in flight leaves no room for it.
    func chunk(of node: Node, in inFlight: BytesInFlight) throws(Problem) -> StreamChunk {
        let state = State(key: node.key, etag: node.etag)
        let slot = slots.withLock { slots in
            let slot = slots[state] ?? Self.added(state, to: &slots)
            slot.users += 1
            return slot
        }
        defer { slots.withLock { _ in slot.users -= 1 } }
        return try slot.shared.withLock { shared throws(Problem) in
            if let chunk = shared.chunk { return chunk }
            guard let chunk = StreamChunk(node.composed().utf8, ifRoomIn: inFlight) else {
                inFlight.noteRefusal()
                throw Problem(Rejection.tooManyBytesInFlight(limit: inFlight.limit))
            }
            shared.chunk = chunk
            return chunk
        }
    }

    /// A new slot, in place of those whose chunk is no longer being sent.
    private static func added(_ state: State, to slots: inout [State: Slot]) -> Slot {
        slots = slots.filter { $0.value.users > 0 || $0.value.shared.withLock { $0.chunk != nil } }
        let slot = Slot()
        slots[state] = slot
        return slot
    }
}
