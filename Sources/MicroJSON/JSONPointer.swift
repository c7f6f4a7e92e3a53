/// A JSON Pointer (RFC 6901): the way to a part of a document.
public struct JSONPointer: Hashable, Sendable {
    /// The reference tokens as UTF-8, with `~0` and `~1` decoded; empty for the whole document.
    public var tokens: [[UInt8]]

    /// A pointer from decoded tokens.
    public init(tokens: [[UInt8]] = []) {
        self.tokens = tokens
    }

    /// Parses a pointer's text; nil unless it is empty or starts with `/`, and every `~` is `~0` or `~1`.
    public init?(_ text: String) {
        self.init(utf8: Array(text.utf8))
    }

    /// Parses a pointer's text given as UTF-8.
    public init?(utf8 text: some Collection<UInt8>) {
        tokens = []
        guard let first = text.first else { return }
        guard first == Ascii.slash else { return nil }
        for escaped in text.dropFirst().split(separator: Ascii.slash, omittingEmptySubsequences: false) {
            guard let token = Self.decoded(escaped) else { return nil }
            tokens.append(token)
        }
    }

    private static func decoded(_ escaped: some Collection<UInt8>) -> [UInt8]? {
        guard escaped.contains(Ascii.tilde) else { return Array(escaped) }
        var token: [UInt8] = []
        var isEscape = false
        for byte in escaped {
            if isEscape {
                guard byte == Ascii.zero || byte == Ascii.zero + 1 else { return nil }
                token.append(byte == Ascii.zero ? Ascii.tilde : Ascii.slash)
                isEscape = false
            } else if byte == Ascii.tilde {
                isEscape = true
            } else {
                token.append(byte)
            }
        }
        return isEscape ? nil : token
    }

    /// The pointer with one more token.
    public func appending(_ token: some Sequence<UInt8>) -> JSONPointer {
        JSONPointer(tokens: tokens + [Array(token)])
    }

    /// Whether this pointer leads to the other's target or to a value that contains it.
    public func isPrefix(of other: JSONPointer) -> Bool { other.tokens.starts(with: tokens) }

    /// A token as an index: "0", "1", … without leading zeros or a sign (RFC 6901 §4); nil for any other token.
    static func arrayIndex(_ token: some Collection<UInt8>) -> Int? {
        guard let first = token.first, token.count <= 18, first != Ascii.zero || token.count == 1 else { return nil }
        var index = 0
        for byte in token {
            guard Ascii.isDigit(byte) else { return nil }
            index = index * 10 + Int(byte - Ascii.zero)
        }
        return index
    }
}

extension JSONPointer: CustomStringConvertible {
    /// The pointer's text, `~` and `/` escaped.
    public var description: String {
        var text: [UInt8] = []
        for token in tokens {
            text.append(Ascii.slash)
            for byte in token {
                switch byte {
                case Ascii.tilde: text.append(contentsOf: [Ascii.tilde, Ascii.zero])
                case Ascii.slash: text.append(contentsOf: [Ascii.tilde, Ascii.zero + 1])
                default: text.append(byte)
                }
            }
        }
        return String(decoding: text, as: UTF8.self)
    }
}
