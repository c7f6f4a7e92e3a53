import MicroJSON
import NestKVStorage

/// A versioned JSON tree, as the HTTP interface uses it. ``KeyValueStore`` implements it over a ``Driver``; decorators
/// wrap a store and add a concern (see ``StoreDecorator``).
public protocol Store: ChangeFeed, LeafSource, StoreAdministration {
    /// The limits on what is stored.
    var limits: StoreLimits { get }

    /// The node of a path. If nothing is stored there, the node doesn't ``Node/exists``; this is not an error.
    ///
    /// - Throws: ``StoreError`` `.subtreeTooLarge` if the path exceeds the limits.
    func get(_ key: Key, _ view: View) async throws(StoreError) -> Node

    /// The node of a path, if it can be read without waiting and is small enough for the calling thread; otherwise nil.
    func getAtOnce(_ key: Key, _ view: View) throws(StoreError) -> Node?

    /// The node of a path, composed from the selected leaves only.
    ///
    /// With a depth, only one of the leaves below each child at that depth is read; the others are skipped. The node's
    /// value is therefore correct down to that depth, and must be cut there.
    ///
    /// - Throws: ``StoreError`` `.subtreeTooLarge` if the selection exceeds the limits.
    func get(_ key: Key, _ view: View, _ selection: Selection) async throws(StoreError) -> Node

    /// Tells whether a path is unchanged since this call (``Driver/unchanged(_:)``). A leaf that expires is not a
    /// change.
    func unchanged(_ key: Key) -> Unchanged?

    /// The ``Node/revision`` of a whole path, found without reading all of it.
    func unchangedSince(_ key: Key) async throws(StoreError) -> Revision

    /// The retained records of the leaf at exactly the path, newest first, its deletions included.
    func history(_ key: Key, limit: Int) async throws(StoreError) -> [Record]

    /// One version of the leaf at exactly the path; nil if it is no longer retained or never existed.
    func version(_ version: UInt64, of key: Key) async throws(StoreError) -> Record?

    /// Carries out writes in order, in one commit or not at all. Each write sees the effects of those before it.
    ///
    /// - Parameter conditions: conditions besides each write's own precondition.
    /// - Throws: ``StoreError``, with ``StoreError/writeIndex`` if one of several writes caused it.
    func write(_ requests: [WriteRequest], if conditions: [Condition]) async throws(StoreError) -> [WriteResult]

    /// Carries out writes like ``write(_:if:)`` if it need not wait nor compute for long. Otherwise returns nil,
    /// and nothing was written.
    func writeAtOnce(_ requests: [WriteRequest], if conditions: [Condition]) throws(StoreError) -> [WriteResult]?

    /// Whether ``writeAtOnce(_:if:)`` can succeed: the store commits without waiting.
    var writesAtOnce: Bool { get }

    /// The names one level below a path in byte order, beginning after `after`. For ``Key/root`` these are the entry
    /// points, without the service's own, whose names begin with `_`.
    func names(below key: Key, after: [UInt8]?, limit: Int) async throws(StoreError) -> [[UInt8]]
}

extension Store {
    /// Carries out one write.
    public func write(
        _ operation: any WriteOperation, at key: Key, _ options: WriteOptions = WriteOptions()
    ) async throws(StoreError) -> WriteResult {
        try await write([WriteRequest(operation, at: key, options)], if: [])[0]
    }
}
