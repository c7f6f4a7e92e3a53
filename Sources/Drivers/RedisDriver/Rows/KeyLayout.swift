import NestKVCore

/// How a store uses a Redis database: values as plain strings at `ep1:main:sup1`, everything else below one prefix.
///
/// A separator within a segment is written `\:`, a backslash `\\`, so each key has one Redis key and back. A Redis key
/// that would begin like the store's own ones gets a backslash before it. Redis keys that no path leads to (an empty
/// segment, NUL, text that isn't UTF-8, a stray backslash, what ``KeyLimits`` don't permit) have no ``Key``: they are
/// left alone and not shown.
struct KeyLayout: Sendable {
    /// The tombstones kept: the latest 100,000 deletions, as in every store.
    static let tombstonesKept = 100_000

    /// What the store's own keys begin with: `nestkv:`.
    let prefix: [UInt8]
    /// What stands between segments: `:`.
    let separator: UInt8
    /// Says which keys a path can name.
    private let limits: KeyLimits

    private static let backslash = UInt8(ascii: "\\")

    /// The usual layout unless told otherwise.
    init(prefix: String = "nestkv", separator: UInt8 = UInt8(ascii: ":"), limits: KeyLimits = .standard) {
        self.limits = limits
        self.prefix = Array(prefix.utf8) + [UInt8(ascii: ":")]
        self.separator = separator
    }

    /// The hash that holds the rows, and so changes with every commit.
    var rowsKey: [UInt8] { prefix + Array("meta".utf8) }

    /// Where the state stands in that hash: no key of a value begins with the prefix.
    var stateField: [UInt8] { prefix + Array("state".utf8) }

    /// The Redis key of a key.
    func redisKey(_ key: Key) -> [UInt8] {
        var text: [UInt8] = []
        text.reserveCapacity(key.bytes.count + 4)
        for byte in key.bytes.dropLast() {
            switch byte {
            case 0: text.append(separator)
            case separator, Self.backslash: text += [Self.backslash, byte]
            default: text.append(byte)
            }
        }
        return text.starts(with: prefix) ? [Self.backslash] + text : text
    }

    /// The key of a Redis key; nil when it is one of the store's own, or no path leads to it.
    func key(_ text: some Collection<UInt8>) -> Key? {
        guard !text.isEmpty, !text.starts(with: prefix) else { return nil }
        var rest = text[...]
        if rest.first == Self.backslash, rest.dropFirst().starts(with: prefix) { rest = rest.dropFirst() }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(text.count + 1)
        var segmentStart = 0
        while let byte = rest.popFirst() {
            switch byte {
            case 0: return nil
            case Self.backslash:
                guard let next = rest.popFirst(), next == separator || next == Self.backslash else { return nil }
                bytes.append(next)
            case separator:
                guard bytes.count > segmentStart else { return nil }
                bytes.append(0)
                segmentStart = bytes.count
            default: bytes.append(byte)
            }
        }
        guard bytes.count > segmentStart else { return nil }
        bytes.append(0)
        let key = Key(bytes: bytes)
        return key.isOwn || !key.isInternal && limits.permits(key) ? key : nil
    }
}

extension Key {
    /// Whether it is one of those that nestkv keeps for itself, which no path names.
    fileprivate var isOwn: Bool { isInternal && bytes.starts(with: Self.ownRoot) }

    private static let ownRoot = Array("_nestkv\0".utf8)
}

/// A range of the index, as `ZRANGEBYLEX` takes its bounds.
struct IndexRange {
    let lower: [UInt8]
    let upper: [UInt8]

    /// What stands below a key.
    init(below key: Key) {
        lower = key.bytes.isEmpty ? Array("-".utf8) : [UInt8(ascii: "(")] + key.bytes
        upper = Self.end(of: key)
    }

    /// What stands at and below a key, behind another one.
    init(from key: Key, after: Key?) {
        if let after, key <= after {
            lower = [UInt8(ascii: "(")] + after.bytes
        } else {
            lower = key.bytes.isEmpty ? Array("-".utf8) : [UInt8(ascii: "[")] + key.bytes
        }
        upper = Self.end(of: key)
    }

    /// What stands below a key, behind a name.
    init(below key: Key, afterName name: [UInt8]) {
        lower = [UInt8(ascii: "[")] + key.bytes + name + [1]
        upper = Self.end(of: key)
    }

    private static func end(of key: Key) -> [UInt8] {
        key.bytes.isEmpty ? Array("+".utf8) : [UInt8(ascii: "(")] + key.bytes.dropLast() + [1]
    }
}
