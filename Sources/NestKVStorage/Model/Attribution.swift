/// The author and comment of a change, and the leaf's tags and schema.
///
/// Most leaves have no attribution. It is therefore one word, nil if empty, and cheap to copy.
public struct Attribution: Hashable, Sendable {
    private struct Known: Hashable {
        var modifiedBy: String?
        var comment: String?
        var tags: [String] = []
        var schemaHash: String?
    }

    private final class Box: Sendable {
        let known: Known
        init(_ known: Known) { self.known = known }
    }

    private var box: Box?

    private var known: Known {
        get { box?.known ?? Known() }
        set { box = newValue == Known() ? nil : Box(newValue) }
    }

    /// Who made the change.
    public var modifiedBy: String? {
        get { box?.known.modifiedBy }
        set { known.modifiedBy = newValue }
    }
    /// What was changed and why.
    public var comment: String? {
        get { box?.known.comment }
        set { known.comment = newValue }
    }
    /// Labels, in the given order, without duplicates.
    public var tags: [String] {
        get { box?.known.tags ?? [] }
        set { known.tags = newValue }
    }
    /// The hash of the schema against which the value was checked.
    public var schemaHash: String? {
        get { box?.known.schemaHash }
        set { known.schemaHash = newValue }
    }

    /// The empty attribution.
    public static let none = Attribution()

    /// An attribution from its parts.
    public init(modifiedBy: String? = nil, comment: String? = nil, tags: [String] = [], schemaHash: String? = nil) {
        known = Known(modifiedBy: modifiedBy, comment: comment, tags: tags, schemaHash: schemaHash)
    }

    /// Whether all its members are empty.
    public var isEmpty: Bool { box == nil }

    public static func == (one: Attribution, other: Attribution) -> Bool { one.known == other.known }

    public func hash(into hasher: inout Hasher) { hasher.combine(known) }
}
