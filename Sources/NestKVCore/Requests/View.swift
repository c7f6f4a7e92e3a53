/// The view of a path.
public enum View: Sendable {
    /// The composed value: ancestors' documents, the leaf, and everything below.
    case tree
    /// Only the leaf stored at exactly the path.
    case leaf
}
