import Synchronization

/// An object that an adapter makes from a subtree, shared as long as it is in use, such as a response that is being
/// sent. Unlike a ``Rendering`` it doesn't keep the object alive.
public final class SharedRendering: Sendable {
    private struct Reference {
        weak var object: (any AnyObject & Sendable)?
    }

    private let reference = Mutex(Reference())

    /// A rendering that is not made yet.
    public init() {}

    /// Whether the object is in use.
    public var isInUse: Bool { reference.withLock { $0.object != nil } }

    /// The object that is in use, or a new one. If two threads make one at the same time, both use the first one.
    public func inUse<Made: AnyObject & Sendable, Failure: Error>(
        orMake make: () throws(Failure) -> Made
    ) throws(Failure) -> Made {
        if let made = reference.withLock({ $0.object as? Made }) { return made }
        let made = try make()
        return reference.withLock { reference in
            if let other = reference.object as? Made { return other }
            reference.object = made
            return made
        }
    }
}
