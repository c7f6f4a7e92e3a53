import Crypto

/// An entity tag (RFC 9110 §8.8.3).
public struct EntityTag: Hashable, Sendable, CustomStringConvertible {
    /// Whether it only means equivalence, `W/"…"`. The service makes only strong tags.
    public let isWeak: Bool
    /// The text between the quotes.
    public let opaque: String

    /// A strong tag.
    public init(_ opaque: String) {
        isWeak = false
        self.opaque = opaque
    }

    /// A strong tag made from the bytes of a representation: 128 bits of their SHA-256.
    public init(ofBytes bytes: [UInt8]) {
        let digest = SHA256.hash(data: bytes)
        self.init("b-" + digest.prefix(16).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined())
    }

    private init(isWeak: Bool, opaque: String) {
        self.isWeak = isWeak
        self.opaque = opaque
    }

    /// The tag as in a header: `"…"` or `W/"…"`.
    public var description: String {
        (isWeak ? "W/\"" : "\"") + opaque + "\""
    }

    /// The tag of another representation of the same state, for example an indented one or one with metadata.
    ///
    /// The variant follows a `;`, so that ``state`` can remove it for the comparison of a write.
    public func variant(_ name: String) -> EntityTag {
        EntityTag(isWeak: isWeak, opaque: "\(opaque);\(name)")
    }

    /// The tag of the state, without the variant.
    public var state: EntityTag {
        guard let mark = opaque.firstIndex(of: ";") else { return self }
        return EntityTag(isWeak: isWeak, opaque: String(opaque[..<mark]))
    }

    /// Strong comparison (RFC 9110 §8.8.3.2).
    public func stronglyMatches(_ other: EntityTag) -> Bool {
        !isWeak && !other.isWeak && opaque == other.opaque
    }

    /// Weak comparison (RFC 9110 §8.8.3.2).
    public func weaklyMatches(_ other: EntityTag) -> Bool {
        opaque == other.opaque
    }

    /// Reads `*` or a list of tags (RFC 9110 §13.1.1); nil if it is neither. Empty elements are ignored (§5.6.1.2).
    public static func list(_ text: String) -> Precondition.Tags? {
        var rest = Substring(text).trimmingSpaces()
        if rest == "*" { return .any }
        var tags: [EntityTag] = []
        rest.skipCommas()
        while !rest.isEmpty {
            let isWeak = rest.hasPrefix("W/")
            if isWeak { rest.removeFirst(2) }
            guard rest.first == "\"" else { return nil }
            rest.removeFirst()
            guard let end = rest.firstIndex(of: "\"") else { return nil }
            tags.append(EntityTag(isWeak: isWeak, opaque: String(rest[..<end])))
            rest = rest[rest.index(after: end)...].trimmingSpaces()
            guard rest.isEmpty || rest.first == "," else { return nil }
            rest.skipCommas()
        }
        return tags.isEmpty ? nil : .listed(tags)
    }
}

extension Substring {
    fileprivate mutating func skipCommas() {
        while first == "," { self = dropFirst().trimmingSpaces() }
    }

    fileprivate func trimmingSpaces() -> Substring {
        var text = self
        while text.first == " " || text.first == "\t" { text.removeFirst() }
        while text.last == " " || text.last == "\t" { text.removeLast() }
        return text
    }
}
