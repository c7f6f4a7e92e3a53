import Synchronization

/// An object that an adapter makes once from a record, a subtree or an event and keeps with it, such as a ready
/// response. Never stored.
///
/// `@unchecked Sendable` because the pointer refers to an object that is `Sendable`.
public struct Rendering: ~Copyable, @unchecked Sendable {
    // Not `AtomicLazyReference`, which looks up metadata at each load. That took half the time of finding a record.
    @usableFromInline
    let pointer = Atomic<UnsafeRawPointer?>(nil)
    /// What the pointer is after the first ``isNotedAgain()``, before there is an object. No object has this address.
    @inlinable
    static var noted: UnsafeRawPointer? { UnsafeRawPointer(bitPattern: 1) }

    /// A rendering that is not made yet.
    public init() {}

    /// Whether the object was made.
    public var isMade: Bool {
        let known = pointer.load(ordering: .relaxed)
        return known != nil && known != Self.noted
    }

    /// Whether the object was made or noted.
    public var isNoted: Bool { pointer.load(ordering: .relaxed) != nil }

    /// Whether the object was made or noted before; from now on it is noted. An object that takes long to make is
    /// better made for the second reader.
    public func isNotedAgain() -> Bool {
        if isNoted { return true }
        return !pointer.compareExchange(expected: nil, desired: Self.noted, ordering: .relaxed).exchanged
    }

    /// The object that was made first. If two threads make one at the same time, one of the two is dropped.
    @inlinable
    public func kept<Made: AnyObject & Sendable>(_ make: () -> Made) -> Made {
        var known = pointer.load(ordering: .acquiring)
        if let known, known != Self.noted, let made = Self.object(known) as? Made { return made }
        let made = make()
        let reference = Unmanaged<AnyObject>.passRetained(made)
        while known == nil || known == Self.noted {
            let outcome = pointer.compareExchange(
                expected: known, desired: UnsafeRawPointer(reference.toOpaque()), ordering: .acquiringAndReleasing)
            if outcome.exchanged { return made }
            known = outcome.original
        }
        reference.release()
        return known.flatMap { Self.object($0) as? Made } ?? made
    }

    @usableFromInline
    static func object(_ pointer: UnsafeRawPointer) -> AnyObject {
        Unmanaged<AnyObject>.fromOpaque(pointer).takeUnretainedValue()
    }

    deinit {
        guard let object = pointer.load(ordering: .acquiring), object != Self.noted else { return }
        Unmanaged<AnyObject>.fromOpaque(object).release()
    }
}
