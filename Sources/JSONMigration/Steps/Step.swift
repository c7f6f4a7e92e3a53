import MicroJSON

/// A step with its place in the list, for messages.
struct Step: Sendable {
    let place: String
    let action: Action

    indirect enum Action: Sendable {
        /// The member gets another name and keeps its position.
        case rename(Way, to: [UInt8])
        /// With `prunes`, the objects around the member that have no other go as well.
        case move(Way, to: Destination, prunes: Bool)
        case copy(Way, to: Destination)
        case remove(Way, prunes: Bool)
        /// Adds a member that does not exist.
        case standard(Way, JSONText)
        /// Adds or replaces a member, or replaces an element.
        case set(Way, JSONText)
        case wrap(Way)
        case first(Way)
        case map(Way, ValueMap)
        case convert(Way, from: Scalar?, to: Scalar)
        case split(Way, by: [UInt8])
        case join(Way, by: [UInt8])
        case when(Way, Condition, then: [Step], otherwise: [Step])
        case patch(Way, JSONPatch, text: JSONText)
    }
}

/// The way to the values that a step changes: a JSON pointer in which `*` is each element or each member's value.
struct Way: Sendable {
    /// The pointer from the root, for messages and for `text`.
    let description: String
    /// The tokens between the `*`; those before the first one come first. Inside of `when`, they begin at the part that
    /// the condition is about.
    let segments: [[[UInt8]]]
    /// The tokens behind the last `*`, and all of them but the last one.
    let rest: [[UInt8]]
    let parent: [[UInt8]]
    /// The last token behind the last `*`; empty without one.
    let name: [UInt8]

    init(description: String, segments: [[[UInt8]]]) {
        self.description = description
        self.segments = segments
        rest = segments.last ?? []
        parent = Array(rest.dropLast())
        name = rest.last ?? []
    }

    /// The number of `*`.
    var wildcards: Int { segments.count - 1 }
}

/// Where a value is moved or copied to. The `*` of its pointer are those of the source.
struct Destination: Sendable {
    let description: String
    /// The tokens behind the last `*`.
    let tokens: [[UInt8]]

    /// Whether objects on the way may be made, which turning back must remove.
    var makesObjects: Bool { tokens.count > 1 }
}

/// The kinds between which `convert` converts.
enum Scalar: String, Sendable, CaseIterable {
    case string, number, integer, boolean
}

/// What `when` asks of a value.
enum Condition: Sendable {
    case equals(JSONValue)
    case exists(Bool)
    case isOf(JSONKind)
}

/// The values that `map` exchanges.
struct ValueMap: Sendable {
    /// In the order of the list.
    let pairs: [(from: JSONText, to: JSONText)]
    /// Whether a value that is not in the map is a failure. Otherwise it is kept.
    let isComplete: Bool
    /// The new values by the canonical forms of the old ones.
    private let targets: [[UInt8]: JSONText]

    init(pairs: [(from: JSONText, to: JSONText)], isComplete: Bool) {
        self.pairs = pairs
        self.isComplete = isComplete
        targets = Dictionary(pairs.map { ($0.from.canonical(), $0.to) }) { first, _ in first }
    }

    /// The new value for an old one; nil if the map doesn't have it.
    subscript(value: JSONText) -> JSONText? {
        // A string without escapes is its own canonical form.
        let isPlain = value.kind == .string && !value.utf8.contains(UInt8(ascii: "\\"))
        return targets[isPlain ? value.utf8 : value.canonical()]
    }

    /// The old value that the map has twice.
    var duplicate: JSONText? {
        var seen: Set<[UInt8]> = []
        return pairs.first { !seen.insert($0.from.canonical()).inserted }?.from
    }

    /// The map from the new values to the old ones; nil if two old values have the same new one.
    var inverse: ValueMap? {
        let inverse = ValueMap(pairs: pairs.map { ($0.to, $0.from) }, isComplete: isComplete)
        return inverse.duplicate == nil ? inverse : nil
    }
}
