#if canImport(Glibc)
    import Glibc
#endif
import Synchronization

/// For every key the revision of the latest change at it and of the latest change below it: never too small, and now
/// and then too great.
///
/// It answers "was this touched since?" without reading anything, for the writer's expectations and for the readers'
/// cache. The keys are hashed into a table of fixed size; two that share a slot share the greater revision, so the
/// answer is "maybe" for one that wasn't touched: the asker then reads. Before the store was opened everything counts
/// as touched.
///
/// A change is marked *before* it becomes visible. So whoever has seen a change's data sees its mark, too.
public final class ChangeTable: Sendable {
    /// The marks that concern one key.
    public struct Marks: Sendable {
        /// The key's hash. Each table has hashes of its own, so that several can share a ``NodeCache``.
        let hash: UInt64
        /// The latest change at the key.
        public let leaf: Revision
        /// The latest change below the key.
        public let below: Revision
        /// The latest change at one of the keys above.
        public let ancestors: Revision

        /// The latest of all.
        public var latest: Revision { max(leaf, below, ancestors) }
    }

    private static let slotBits: UInt64 = 16
    private let seed = Atomic(UInt64.random(in: 0 ... .max))
    /// Up to here everything counts as touched.
    private let floor: Atomic<Revision>
    // A fixed array of atomics has no type of its own that can be made without copying it; it is freed with the table,
    // and atomics are safe to share.
    private nonisolated(unsafe) let slots: UnsafeMutablePointer<Atomic<Revision>>

    /// A table of a store that stands at a revision.
    ///
    /// It takes up to 1 MiB of memory: what nobody marked, the system doesn't give room to.
    public init(openedAt revision: Revision) {
        floor = Atomic(revision)
        guard let memory = calloc(2 << Int(Self.slotBits), MemoryLayout<Atomic<Revision>>.stride) else {
            preconditionFailure("there is no memory for the table of changes")
        }
        slots = memory.bindMemory(to: Atomic<Revision>.self, capacity: 2 << Int(Self.slotBits))
    }

    deinit { free(slots) }

    /// Marks a change. One thread at a time, in the order of the revisions.
    public func mark(_ key: Key, _ revision: Revision) {
        var hash = KeyHash(seed: seed.load(ordering: .relaxed))
        for byte in key.bytes {
            if hash.isAtBoundary { slot(hash.value, isBelow: true).pointee.store(revision, ordering: .releasing) }
            hash.add(byte)
        }
        slot(hash.value, isBelow: false).pointee.store(revision, ordering: .releasing)
    }

    /// Marks everything at a revision at which it may have changed without one of its own: what was read before is
    /// known no longer, also when it was read at this revision. As ``mark(_:_:)``, one thread at a time.
    public func markAll(_ revision: Revision) {
        floor.store(revision, ordering: .releasing)
        // Under other hashes nobody finds what was kept under the old ones.
        seed.store(.random(in: 0 ... .max), ordering: .releasing)
    }

    /// The marks of a key.
    public func marks(of key: Key) -> Marks {
        var hash = KeyHash(seed: seed.load(ordering: .acquiring))
        let floor = floor.load(ordering: .acquiring)
        var ancestors = floor
        key.bytes.withUnsafeBufferPointer { bytes in
            for byte in bytes {
                if hash.isAtBoundary, hash.length > 0 {
                    ancestors = max(ancestors, slot(hash.value, isBelow: false).pointee.load(ordering: .acquiring))
                }
                hash.add(byte)
            }
        }
        return Marks(
            hash: hash.value, leaf: max(floor, slot(hash.value, isBelow: false).pointee.load(ordering: .acquiring)),
            below: max(floor, slot(hash.value, isBelow: true).pointee.load(ordering: .acquiring)),
            ancestors: ancestors)
    }

    @inline(__always)
    private func slot(_ hash: UInt64, isBelow: Bool) -> UnsafeMutablePointer<Atomic<Revision>> {
        let mixed = (hash ^ hash >> 29) &* 0x9E37_79B9_7F4A_7C15
        return slots + (Int(mixed >> (64 - Self.slotBits)) * 2 + (isBelow ? 1 : 0))
    }
}

/// FNV-1a over a key's bytes, known at every segment's end on the way.
private struct KeyHash {
    private(set) var value: UInt64
    private(set) var isAtBoundary = true
    private(set) var length = 0

    /// No byte yet.
    @inline(__always)
    init(seed: UInt64) { value = 0xCBF2_9CE4_8422_2325 ^ seed }

    @inline(__always)
    mutating func add(_ byte: UInt8) {
        value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01B3
        isAtBoundary = byte == 0
        length += 1
    }
}
