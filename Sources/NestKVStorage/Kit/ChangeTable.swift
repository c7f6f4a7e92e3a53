import MicroText
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// Gives for every key a revision that is at least that of the latest change at it, and one for the latest change below
/// it. They are never too small, but may be too great.
///
/// It shows whether a key may have changed since a revision without reading the store. Writers use it for their
/// expectations and readers for their cache. The keys are hashed into a table of fixed size. Keys that share a slot
/// share the greater revision, so an unchanged key may seem changed, and the caller then reads the store. Everything
/// before the store was opened counts as changed.
///
/// A change is marked *before* it becomes visible. A thread that sees a change's data therefore also sees its mark.
public final class ChangeTable: Sendable {
    /// The marks that apply to one key.
    public struct Marks: Sendable {
        /// The key's hash. Each table has its own hash seed, so that several tables can share a ``NodeCache``.
        let hash: UInt64
        /// The latest change at the key.
        public let leaf: Revision
        /// The latest change below the key.
        public let below: Revision
        /// The latest change at one of the keys above.
        public let ancestors: Revision

        /// The greatest of all three.
        public var latest: Revision { max(leaf, below, ancestors) }
    }

    private static let slotBits: UInt64 = 16
    private let seed = Atomic(UInt64.random(in: 0 ... .max))
    /// Everything up to this revision counts as changed.
    private let floor: Atomic<Revision>
    // There is no fixed array type of atomics that can be made without copying. The memory is freed with the table, and
    // atomics are safe to share.
    private nonisolated(unsafe) let slots: UnsafeMutablePointer<Atomic<Revision>>

    /// A table for a store with this current revision.
    ///
    /// It takes up to 1 MiB of memory; the system doesn't allocate pages without marks.
    public init(openedAt revision: Revision) {
        floor = Atomic(revision)
        guard let memory = calloc(2 << Int(Self.slotBits), MemoryLayout<Atomic<Revision>>.stride) else {
            preconditionFailure("there is no memory for the table of changes")
        }
        slots = memory.bindMemory(to: Atomic<Revision>.self, capacity: 2 << Int(Self.slotBits))
    }

    deinit { free(slots) }

    /// Marks a change. Must be called by one thread at a time, in the order of the revisions.
    public func mark(_ key: Key, _ revision: Revision) {
        var hash = KeyHash(seed: seed.load(ordering: .relaxed))
        for byte in key.bytes {
            if hash.isAtBoundary { slot(hash.value, isBelow: true).pointee.store(revision, ordering: .releasing) }
            hash.add(byte)
        }
        slot(hash.value, isBelow: false).pointee.store(revision, ordering: .releasing)
    }

    /// Marks everything as changed at a revision, when changes without revisions of their own may have happened. All
    /// earlier reads become invalid, also those at this revision. Must be called by one thread at a time, as
    /// ``mark(_:_:)``.
    public func markAll(_ revision: Revision) {
        floor.store(revision, ordering: .releasing)
        // With a new seed, entries kept under the old hashes are not found any more.
        seed.store(.random(in: 0 ... .max), ordering: .releasing)
    }

    /// The marks of a key.
    public func marks(of key: Key) -> Marks {
        let floor = floor.load(ordering: .acquiring)
        var ancestors = floor
        let hash = hash(of: key, seed: seed.load(ordering: .acquiring)) { ancestor in
            ancestors = max(ancestors, ancestor.pointee.load(ordering: .acquiring))
        }
        return Marks(
            hash: hash, leaf: max(floor, slot(hash, isBelow: false).pointee.load(ordering: .acquiring)),
            below: max(floor, slot(hash, isBelow: true).pointee.load(ordering: .acquiring)), ancestors: ancestors)
    }

    /// Tells whether no change of a key, or of a key above or below it, is marked with a later revision than this one.
    ///
    /// - Parameter revision: the published revision, before the key is read.
    public func unchanged(_ key: Key, since revision: Revision) -> Unchanged {
        let seed = seed.load(ordering: .acquiring)
        var slots: [Slot] = []
        let hash = hash(of: key, seed: seed) { slots.append(Slot(revision: $0)) }
        slots.append(Slot(revision: slot(hash, isBelow: false)))
        slots.append(Slot(revision: slot(hash, isBelow: true)))
        return { [self, slots] in
            floor.load(ordering: .acquiring) <= revision && self.seed.load(ordering: .acquiring) == seed
                && slots.allSatisfy { $0.revision.pointee.load(ordering: .acquiring) <= revision }
        }
    }

    /// The hash of a key. Calls `visit` with the place of the latest change at each key above it.
    @inline(__always)
    private func hash(
        of key: Key, seed: UInt64, ancestors visit: (UnsafeMutablePointer<Atomic<Revision>>) -> Void
    ) -> UInt64 {
        key.bytes.withUnsafeBufferPointer { bytes in
            var hash = KeyHash(seed: seed)
            for byte in bytes {
                if hash.isAtBoundary, hash.length > 0 { visit(slot(hash.value, isBelow: false)) }
                hash.add(byte)
            }
            return hash.value
        }
    }

    /// A place of the table, which exists as long as the table does.
    ///
    /// `@unchecked Sendable` because it is an atomic number.
    private struct Slot: @unchecked Sendable {
        let revision: UnsafeMutablePointer<Atomic<Revision>>
    }

    @inline(__always)
    private func slot(_ hash: UInt64, isBelow: Bool) -> UnsafeMutablePointer<Atomic<Revision>> {
        slots + (Int(FNV1a(continuing: hash).mixed >> (64 - Self.slotBits)) * 2 + (isBelow ? 1 : 0))
    }
}

/// FNV-1a over a key's bytes, with the hash at the end of every segment.
private struct KeyHash {
    private var hash: FNV1a
    private(set) var isAtBoundary = true
    private(set) var length = 0

    /// The hash of no bytes.
    @inline(__always)
    init(seed: UInt64) { hash = FNV1a(continuing: FNV1a.offsetBasis ^ seed) }

    /// The hash of the bytes so far.
    var value: UInt64 { hash.value }

    @inline(__always)
    mutating func add(_ byte: UInt8) {
        hash.add(byte)
        isAtBoundary = byte == 0
        length += 1
    }
}
