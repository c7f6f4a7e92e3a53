import MicroText
import NestKVStorage

/// Maps URL paths to keys and back, and decides which keys are permitted. An object, so that it is passed on as one
/// reference.
public protocol KeyService: AnyObject, Sendable {
    /// The limits on a key.
    var limits: KeyLimits { get }

    /// The key of a raw, still percent-encoded path.
    func key(path: ArraySlice<UInt8>) throws(KeyError) -> Key

    /// The name of one raw, still percent-encoded segment, at any position in a path.
    func name(segment: ArraySlice<UInt8>) throws(KeyError) -> [UInt8]

    /// The percent-encoded path of a key.
    func path(of key: Key) -> String

    /// Checks a key that was made from a parent key and this name.
    func check(_ key: Key, name: [UInt8]) throws(KeyError)

    /// A name for an appended child. Names are unique and ordered by time.
    func childName() -> [UInt8]
}

/// Paths as defined by the HTTP interface: the raw path is split at `/`, then each segment is decoded once, so `%2F` is
/// part of a name.
public final class PathKeyService: KeyService {
    public let limits: KeyLimits
    private let names = TimeOrderedNames()

    /// A service with these limits.
    public init(limits: KeyLimits = .standard) {
        self.limits = limits
    }

    public func key(path: ArraySlice<UInt8>) throws(KeyError) -> Key {
        var path = path
        if path.first == UInt8(ascii: "/") { path.removeFirst() }
        if path.last == UInt8(ascii: "/") { path.removeLast() }
        let key = try Self.parse(path)
        try check(key)
        return key
    }

    public func name(segment: ArraySlice<UInt8>) throws(KeyError) -> [UInt8] {
        Array(try Self.parse(segment).name)
    }

    private static func parse(_ path: ArraySlice<UInt8>) throws(KeyError) -> Key {
        if let key = plainKey(path) { return key }
        var parser = PathParser(capacity: path.count + 1)
        for byte in path { try parser.take(byte) }
        try parser.endSegment()
        if parser.hasNonASCII { try parser.checkUTF8() }
        return Key(bytes: parser.bytes)
    }

    /// The key of a valid path without escapes; nil for any other. Almost every path is of this kind.
    private static func plainKey(_ path: ArraySlice<UInt8>) -> Key? {
        var bytes = [UInt8](repeating: 0, count: path.count + 1)
        let isPlain = bytes.withUnsafeMutableBufferPointer { bytes in
            var previous: UInt8 = 0
            return path.withUnsafeBufferPointer { path in
                for (index, byte) in path.enumerated() {
                    let isStart = previous == 0
                    previous = byte == UInt8(ascii: "/") ? 0 : byte
                    bytes[index] = previous
                    guard byte > 0x20, byte < 0x7F, byte != UInt8(ascii: "%") else { return false }
                    if isStart, previous == 0 || byte == UInt8(ascii: ".") { return false }
                }
                return previous != 0
            }
        }
        return isPlain ? Key(bytes: bytes) : nil
    }

    public func path(of key: Key) -> String {
        key.path
    }

    public func check(_ key: Key, name: [UInt8]) throws(KeyError) {
        var parser = PathParser(capacity: name.count + 1)
        for byte in name { try parser.append(byte) }
        try parser.endSegment()
        if parser.hasNonASCII { try parser.checkUTF8() }
        try check(key)
    }

    public func childName() -> [UInt8] {
        names.next()
    }

    private func check(_ key: Key) throws(KeyError) {
        guard key.bytes.count - 1 <= limits.bytes else {
            throw KeyError(
                .tooLong, "The key has \(key.bytes.count - 1) bytes; the limit is \(limits.bytes).",
                limit: limits.bytes)
        }
        if key.bytes.count > limits.segments, key.depth > limits.segments {
            throw KeyError(
                .tooLong, "The key has \(key.depth) segments; the limit is \(limits.segments).",
                limit: limits.segments)
        }
        // Names that begin with '_' are the service's own paths.
        if let entryPoints = limits.entryPoints, !key.isInternal {
            let name = String(decoding: key.bytes.prefix { $0 != 0 }, as: UTF8.self)
            guard entryPoints.contains(where: { $0.utf8.elementsEqual(name.utf8) }) else {
                let known = entryPoints.sorted().joined(separator: ", ")
                throw KeyError(
                    .unknownEntryPoint, "There is no entry point '\(name)'. This service has: \(known).")
            }
        }
    }
}

extension Key {
    /// Its path as in a URL, percent-encoded.
    public var path: String { segments.map { "/" + $0.percentEncoded }.joined() }
}
