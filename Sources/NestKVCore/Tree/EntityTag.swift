import Digests
import MicroText

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
        self.init("b-" + SHA256.digest(of: bytes).withBytes { Hexadecimal.text(of: $0.prefix(16)) })
    }

    /// A tag from its parts.
    public init(isWeak: Bool, opaque: String) {
        self.isWeak = isWeak
        self.opaque = opaque
    }

    /// The tag as in a header: `"…"` or `W/"…"`.
    public var description: String {
        if isWeak { return "W/\"\(opaque)\"" }
        var opaque = opaque
        return opaque.withUTF8 { content in
            String(unsafeUninitializedCapacity: content.count + 2) { text in
                text[0] = UInt8(ascii: "\"")
                _ = UnsafeMutableBufferPointer(rebasing: text[1...]).update(fromContentsOf: content)
                text[content.count + 1] = UInt8(ascii: "\"")
                return content.count + 2
            }
        }
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
}
