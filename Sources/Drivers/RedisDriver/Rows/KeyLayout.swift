import NestKVStorage

/// How a store uses a Redis database: values are plain strings at `ep1:main:sup1`, all other keys begin with one
/// prefix.
///
/// A separator within a segment is written `\:`, a backslash `\\`, so each key has exactly one Redis key. A Redis key
/// that would begin like the store's own keys gets a backslash before it. Redis keys that no path can name (an empty
/// segment, NUL, text that isn't UTF-8, a stray backslash, keys beyond ``KeyLimits``) have no ``Key``: they are left
/// alone and not shown.
struct KeyLayout: Sendable {
    /// The tombstones kept: the latest 100,000 deletions, as in every store.
    static let tombstonesKept = 100_000

    /// The prefix of the store's own keys: `nestkv:`.
    let prefix: [UInt8]
    /// The separator of segments: `:`.
    let separator: UInt8
    /// Decides which keys a path can name.
    private let limits: KeyLimits

    private static let backslash = UInt8(ascii: "\\")

    /// A layout, by default the usual one.
    init(prefix: String = "nestkv", separator: UInt8 = UInt8(ascii: ":"), limits: KeyLimits = .standard) {
        self.limits = limits
        self.prefix = Array(prefix.utf8) + [UInt8(ascii: ":")]
        self.separator = separator
    }

    /// The hash that holds the rows, and so changes with every commit.
    var rowsKey: [UInt8] { prefix + Array("meta".utf8) }

    /// The field of the state in that hash. No key of a value begins with the prefix.
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

    /// The key of a Redis key; nil if it is one of the store's own, or no path can name it.
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
    /// Whether it is one of the service's own records.
    fileprivate var isOwn: Bool { isInternal && ReservedKeys.roots.contains { $0.contains(self) } }
}

/// A range of the index, in the bounds of `ZRANGEBYLEX`.
struct IndexRange {
    let lower: [UInt8]
    let upper: [UInt8]

    /// All keys below a key.
    init(below key: Key) {
        lower = key.bytes.isEmpty ? Array("-".utf8) : [UInt8(ascii: "(")] + key.bytes
        upper = Self.end(of: key)
    }

    /// All keys at and below a key, after another one.
    init(from key: Key, after: Key?) {
        if let after, key <= after {
            lower = [UInt8(ascii: "(")] + after.bytes
        } else {
            lower = key.bytes.isEmpty ? Array("-".utf8) : [UInt8(ascii: "[")] + key.bytes
        }
        upper = Self.end(of: key)
    }

    /// All keys below a key, after a name.
    init(below key: Key, afterName name: [UInt8]) {
        lower = [UInt8(ascii: "[")] + key.bytes + name + [1]
        upper = Self.end(of: key)
    }

    private static func end(of key: Key) -> [UInt8] {
        key.bytes.isEmpty ? Array("+".utf8) : [UInt8(ascii: "(")] + key.bytes.dropLast() + [1]
    }
}
