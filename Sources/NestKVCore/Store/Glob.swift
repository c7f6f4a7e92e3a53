/// A pattern for keys as in Redis. `*` matches any run of characters and `?` one character. `[abc]` and `[a-z]` match
/// one character of a set, `[^a]` one that is not in it. `\` precedes a literal character.
///
/// A key is matched as its segments joined by separators. `:` matches a separator or a colon in a name, so `user:*`
/// finds both `user/1` and `user:1`. `/` matches only a separator. Write `\:` and `\/` for a colon or slash in a name.
/// `*` also matches separators, as in Redis. Characters are Unicode scalars.
///
/// - SeeAlso: https://redis.io/docs/latest/commands/keys/
public struct Glob: Sendable {
    /// The most bytes of a pattern.
    public static let mostBytes = 1024

    private enum Token: Sendable {
        case character(UInt32)
        case border
        case colonOrBorder
        case one
        case run
        case set([ClosedRange<UInt32>], isNegated: Bool)
    }

    /// The separator of segments, which no segment can contain.
    private static let border: UInt32 = 0

    private let tokens: [Token]
    /// The prefix of every matching key: a part of its first segment.
    let prefix: [UInt8]

    /// Reads a pattern; nil if it is too long or contains an incomplete set or escape.
    public init?(_ text: String) {
        guard text.utf8.count <= Self.mostBytes else { return nil }
        var tokens: [Token] = []
        var rest = Array(text.unicodeScalars.map(\.value))[...]
        while let character = rest.popFirst() {
            switch Unicode.Scalar(character) {
            case "*":
                if case .run = tokens.last { continue }
                tokens.append(.run)
            case "?": tokens.append(.one)
            case "/": tokens.append(.border)
            case ":": tokens.append(.colonOrBorder)
            case "[":
                guard let set = Self.set(&rest) else { return nil }
                tokens.append(set)
            case "\\":
                guard let escaped = rest.popFirst() else { return nil }
                tokens.append(.character(escaped))
            default: tokens.append(.character(character))
            }
        }
        self.tokens = tokens
        prefix = Self.prefix(of: tokens)
    }

    /// Reads a set after its `[`.
    private static func set(_ rest: inout ArraySlice<UInt32>) -> Token? {
        let isNegated = rest.first == UInt32(UInt8(ascii: "^"))
        if isNegated { rest.removeFirst() }
        var ranges: [ClosedRange<UInt32>] = []
        while let character = rest.popFirst() {
            if character == UInt32(UInt8(ascii: "]")) { return .set(ranges, isNegated: isNegated) }
            guard let low = member(character, &rest) else { return nil }
            var high = low
            if rest.count > 1, rest.first == UInt32(UInt8(ascii: "-")),
                rest.dropFirst().first != UInt32(UInt8(ascii: "]"))
            {
                rest.removeFirst()
                guard let next = rest.popFirst(), let end = member(next, &rest) else { return nil }
                high = end
            }
            ranges.append(min(low, high)...max(low, high))
        }
        return nil
    }

    private static func member(_ character: UInt32, _ rest: inout ArraySlice<UInt32>) -> UInt32? {
        character == UInt32(UInt8(ascii: "\\")) ? rest.popFirst() : character
    }

    private static func prefix(of tokens: [Token]) -> [UInt8] {
        var prefix = String.UnicodeScalarView()
        for token in tokens {
            guard case .character(let value) = token, let scalar = Unicode.Scalar(value) else { break }
            prefix.append(scalar)
        }
        return Array(String(prefix).utf8)
    }
}

extension Glob {
    /// Whether the segments of a key match.
    ///
    /// Each `*` takes as few characters as possible, and one more whenever the rest doesn't match. The cost is at most
    /// the key's length times the pattern's.
    public func matches(_ segments: [ArraySlice<UInt8>]) -> Bool {
        var text: [UInt32] = []
        for segment in segments {
            if !text.isEmpty { text.append(Self.border) }
            text.append(contentsOf: String(decoding: segment, as: UTF8.self).unicodeScalars.map(\.value))
        }
        var (token, place) = (0, 0)
        var retry: (token: Int, place: Int)?
        while place < text.count {
            if token < tokens.count, case .run = tokens[token] {
                token += 1
                retry = (token, place)
            } else if token < tokens.count, Self.matches(tokens[token], text[place]) {
                token += 1
                place += 1
            } else if let last = retry {
                token = last.token
                place = last.place + 1
                retry = (token, place)
            } else {
                return false
            }
        }
        return tokens[token...].allSatisfy { if case .run = $0 { true } else { false } }
    }

    private static func matches(_ token: Token, _ character: UInt32) -> Bool {
        switch token {
        case .character(let wanted): character == wanted
        case .border: character == border
        case .colonOrBorder: character == border || character == UInt32(UInt8(ascii: ":"))
        case .one: character != border
        case .set(let ranges, let isNegated):
            character != border && ranges.contains { $0.contains(character) } != isNegated
        case .run: true
        }
    }
}
