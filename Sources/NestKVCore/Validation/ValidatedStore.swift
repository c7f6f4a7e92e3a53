import MicroJSON
import NestKVStorage

/// Shows values in the shapes that readers expect (``ValueShaper``). What is written, and reads of single leaves, of
/// their history and of changes, pass unchanged.
public final class ValidatedStore: StoreDecorator {
    public let base: any Store
    private let schemas: SchemaCatalog
    private let shape: Shape
    private let compute: ComputePool

    /// A store whose values have a shape.
    public init(_ base: any Store, _ schemas: SchemaCatalog, shape: Shape = .bound, compute: ComputePool) {
        (self.base, self.schemas, self.shape, self.compute) = (base, schemas, shape, compute)
    }

    public func get(_ key: Key, _ view: View) async throws(StoreError) -> Node {
        let node = try await base.get(key, view)
        guard let shaper = try shaper(of: key, view) else { return node }
        guard shaper.top != key else { return try await shown(node, by: shaper, nil) }
        guard !shaper.isShownAsStored(node) else { return node }
        return try await shown(node, by: shaper, try await base.get(shaper.top, .tree))
    }

    public func get(_ key: Key, _ view: View, _ selection: Selection) async throws(StoreError) -> Node {
        guard selection.tags.isEmpty, let shaper = try shaper(of: key, view) else {
            return try await base.get(key, view, selection)
        }
        // A bound value is shaped as a whole, before it is cut.
        if shaper.shapesWhole { return try await get(key, view) }
        return shaper.shownLeaves(of: try await base.get(key, view, selection))
    }

    public func getAtOnce(_ key: Key, _ view: View) throws(StoreError) -> Node? {
        guard let node = try base.getAtOnce(key, view) else { return nil }
        guard let shaper = try shaper(of: key, view) else { return node }
        guard !node.isLarge else { return nil }
        guard shaper.top != key else { return try shaper.shown(node) }
        guard !shaper.isShownAsStored(node) else { return node }
        guard let outer = try base.getAtOnce(shaper.top, .tree), !outer.isLarge else { return nil }
        return try shaper.shown(node, within: outer)
    }

    private func shown(_ node: Node, by shaper: ValueShaper, _ outer: Node?) async throws(StoreError) -> Node {
        guard node.isLarge || outer?.isLarge ?? false else { return try shaper.shown(node, within: outer) }
        return try await compute.run { () async throws(StoreError) in try shaper.shown(node, within: outer) }
    }

    /// What shapes a read; nil if it shows what is stored.
    @inline(__always)
    private func shaper(of key: Key, _ view: View) throws(StoreError) -> ValueShaper? {
        guard view == .tree, shape != .stored, shape != .bound || schemas.mayBind(key), !key.isInternal else {
            return nil
        }
        return try ValueShaper(of: key, in: shape, schemas)
    }

    public func unchanged(_ key: Key) -> Unchanged? {
        // Read first, so that no change between the two is missed.
        let generation = schemas.generation
        let shaper = try? shaper(of: key, .tree)
        guard let isUnchanged = base.unchanged(shaper?.top ?? key) else { return nil }
        let schemas = schemas
        return { isUnchanged() && schemas.generation == generation }
    }

    public var writesAtOnce: Bool { base.writesAtOnce }

    public func writeAtOnce(
        _ requests: [WriteRequest], if conditions: [Condition]
    ) throws(StoreError) -> [WriteResult]? {
        try base.writeAtOnce(requests, if: conditions)
    }
}
