import Synchronization

/// What an adapter makes of a record, a subtree or an event once and keeps with it, as a ready response. Never stored.
///
/// `@unchecked Sendable` because the pointer is that of an object that is `Sendable`.
public struct Rendering: ~Copyable, @unchecked Sendable {
    // Not `AtomicLazyReference`, which looks up metadata at each load: half of what finding a record costs.
    @usableFromInline
    let pointer = Atomic<UnsafeRawPointer?>(nil)

    /// Nothing was made yet.
    public init() {}

    /// Whether the object was made.
    public var isMade: Bool { pointer.load(ordering: .relaxed) != nil }

    /// The object that was made first. When two threads make one at the same time, one of the two is dropped.
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
