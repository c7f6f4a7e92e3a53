/// Who made a change, why, and the leaf's labels.
///
/// Of most leaves nothing is known: so this is one word, empty then, and quickly copied with what it is a part of.
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

    /// `Nestkv-Modified-By`.
    public var modifiedBy: String? {
        get { box?.known.modifiedBy }
        set { known.modifiedBy = newValue }
    }
    /// `Nestkv-Comment`.
    public var comment: String? {
        get { box?.known.comment }
        set { known.comment = newValue }
    }
    /// `Nestkv-Tags`, in the order given, without doubles.
    public var tags: [String] {
        get { box?.known.tags ?? [] }
        set { known.tags = newValue }
    }
    /// `Nestkv-Schema`: the hash of the schema that the value was checked against.
    public var schemaHash: String? {
        get { box?.known.schemaHash }
        set { known.schemaHash = newValue }
    }

    /// Nothing known.
    public static let none = Attribution()

    /// An attribution from its parts.
    public init(modifiedBy: String? = nil, comment: String? = nil, tags: [String] = [], schemaHash: String? = nil) {
        known = Known(modifiedBy: modifiedBy, comment: comment, tags: tags, schemaHash: schemaHash)
    }

    /// Whether nothing is known.
    public var isEmpty: Bool { box == nil }

    public static func == (one: Attribution, other: Attribution) -> Bool { one.known == other.known }

    public func hash(into hasher: inout Hasher) { hasher.combine(known) }
}
