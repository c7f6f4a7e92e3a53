import Synchronization

/// An object that an adapter makes once from a record, a subtree or an event and keeps with it, such as a ready
/// response. Never stored.
///
/// `@unchecked Sendable` because the pointer refers to an object that is `Sendable`.
public struct Rendering: ~Copyable, @unchecked Sendable {
    // Not `AtomicLazyReference`, which looks up metadata at each load. That took half the time of finding a record.
    @usableFromInline
    let pointer = Atomic<UnsafeRawPointer?>(nil)

    /// A rendering that is not made yet.
    public init() {}

    /// Whether the object was made.
    public var isMade: Bool { pointer.load(ordering: .relaxed) != nil }

    /// The object that was made first. If two threads make one at the same time, one of the two is dropped.
    @inlinable
    public func kept<Made: AnyObject & Sendable>(_ make: () -> Made) -> Made {
        if let known = pointer.load(ordering: .acquiring), let made = Self.object(known) as? Made { return made }
        let made = make()
        let reference = Unmanaged<AnyObject>.passRetained(made)
        let outcome = pointer.compareExchange(
            expected: nil, desired: UnsafeRawPointer(reference.toOpaque()), ordering: .acquiringAndReleasing)
        guard let known = outcome.original else { return made }
        reference.release()
        return Self.object(known) as? Made ?? made
    }

    @usableFromInline
    static func object(_ pointer: UnsafeRawPointer) -> AnyObject {
        Unmanaged<AnyObject>.fromOpaque(pointer).takeUnretainedValue()
    }

    deinit {
        guard let object = pointer.load(ordering: .acquiring) else { return }
        Unmanaged<AnyObject>.fromOpaque(object).release()
    }
}
