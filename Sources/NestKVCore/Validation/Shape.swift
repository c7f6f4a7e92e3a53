import MicroJSON
import NestKVStorage

/// The shape in which a reader gets values.
public enum Shape: Hashable, Sendable {
    /// That of the schema that the value's path is bound to.
    case bound
    /// That in which they are stored.
    case stored
    /// That of a registered schema, by its hash.
    case schema(String)
}

/// One leaf as a reader gets it.
public struct ShownLeaf: Sendable {
    /// Its value; nil if what is stored breaks the schema of its path.
    public let value: JSONText?
    /// The hash of the schema whose shape the value was brought into; nil if it is as it is stored.
    public let shownAs: String?
}

extension SchemaCatalog {
    /// The shape that a reader names: `stored`, or a registered schema.
    ///
    /// - Throws: ``StoreError`` `.unknownSchema`.
    public func shape(_ text: String) throws(StoreError) -> Shape {
        text == "stored" ? .stored : .schema(try hash(of: text))
    }

    /// A leaf as its reader gets it.
    public func shown(_ leaf: Record, in shape: Shape) -> ShownLeaf {
        let isShaped = shape == .bound ? mayBind(leaf.key) : shape != .stored
        guard isShaped, !leaf.isDeleted, !leaf.key.isInternal,
            let shaper = try? ValueShaper(of: leaf.key, in: shape, self), shaper.top == leaf.key
        else { return ShownLeaf(value: leaf.value, shownAs: nil) }
        return shaper.shown(leaf)
    }
}
