import Synchronization

/// Whether something is unchanged since a moment. False for ever once it is false. It may be called on any thread and
/// costs a few loads.
public typealias Unchanged = @Sendable () -> Bool

/// The revision of the latest change to something, for readers that hold no lock.
public final class ChangeMark: Sendable {
    private let revision: Atomic<Revision>

    /// A mark with the revision of the latest change so far.
    public init(_ revision: Revision) { self.revision = Atomic(revision) }

    /// Notes a change. Must be called by one thread at a time, before the change is acknowledged.
    public func raise(to revision: Revision) { self.revision.store(revision, ordering: .releasing) }

    /// Whether the latest change has a later revision than this one.
    public func isLater(than revision: Revision) -> Bool { self.revision.load(ordering: .acquiring) > revision }
}
