/// Maps URL paths to keys and back, and decides which keys are permitted.
public protocol KeyService: Sendable {
    /// The limits on a key.
    var limits: KeyLimits { get }

    /// The key of a raw, still percent-encoded path.
    func key(path: ArraySlice<UInt8>) throws(StoreError) -> Key

    /// The name of one raw, still percent-encoded segment, at any position in a path.
    func name(segment: ArraySlice<UInt8>) throws(StoreError) -> [UInt8]

    /// The percent-encoded path of a key.
    func path(of key: Key) -> String

    /// Checks a key that was made from a parent key and this name.
    func check(_ key: Key, name: [UInt8]) throws(StoreError)

    /// A name for an appended child. Names are unique and ordered by time.
    func childName() -> [UInt8]
}

/// The limits on a key.
public struct KeyLimits: Sendable {
    /// The most segments, the entry point included.
    public var segments: Int
    /// The most decoded bytes, counting one for each separator.
    public var bytes: Int
    /// The permitted entry points; nil for any.
    public var entryPoints: Set<String>?

    /// 64 segments, 1,024 bytes, any entry point.
    public static let standard = KeyLimits(segments: 64, bytes: 1024, entryPoints: nil)

    /// Limits from their parts.
    public init(segments: Int, bytes: Int, entryPoints: Set<String>?) {
        self.segments = segments
        self.bytes = bytes
        self.entryPoints = entryPoints
    }
}

extension KeyLimits {
    /// Whether a path can name a key.
    ///
    /// A key that another program stored may have too many segments or bytes, a segment `..`, a control character, or
    /// an entry point that is not permitted.
    public func permits(_ key: Key) -> Bool {
        guard key.bytes.count - 1 <= bytes, key.depth <= segments else { return false }
        do throws(StoreError) {
            var parser = PathParser(capacity: key.bytes.count)
            for byte in key.bytes {
                if byte == 0 { try parser.endSegment() } else { try parser.append(byte) }
            }
            if parser.hasNonASCII { try parser.checkUTF8() }
        } catch {
            return false
        }
        guard let entryPoints, !key.isInternal else { return true }
        return entryPoints.contains(String(decoding: key.bytes.prefix { $0 != 0 }, as: UTF8.self))
    }
}

/// Paths as defined by the HTTP interface: the raw path is split at `/`, then each segment is decoded once, so `%2F` is
/// part of a name.
public struct PathKeyService: KeyService {
    public let limits: KeyLimits
    private let names = TimeOrderedNames()

    /// A service with these limits.
    public init(limits: KeyLimits = .standard) {
        self.limits = limits
    }

    public func key(path: ArraySlice<UInt8>) throws(StoreError) -> Key {
        var path = path
        if path.first == UInt8(ascii: "/") { path.removeFirst() }
        if path.last == UInt8(ascii: "/") { path.removeLast() }
        let key = try Self.parse(path)
        try check(key)
        return key
    }

    public func name(segment: ArraySlice<UInt8>) throws(StoreError) -> [UInt8] {
        Array(try Self.parse(segment).name)
    }

    private static func parse(_ path: ArraySlice<UInt8>) throws(StoreError) -> Key {
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
        key.segments.map { "/" + $0.percentEncoded }.joined()
    }

    public func check(_ key: Key, name: [UInt8]) throws(StoreError) {
        var parser = PathParser(capacity: name.count + 1)
        for byte in name { try parser.append(byte) }
        try parser.endSegment()
        if parser.hasNonASCII { try parser.checkUTF8() }
        try check(key)
    }

    public func childName() -> [UInt8] {
        names.next()
    }

    private func check(_ key: Key) throws(StoreError) {
        guard key.bytes.count - 1 <= limits.bytes else {
            throw StoreError(
                .keyTooLong, "The key has \(key.bytes.count - 1) bytes; the limit is \(limits.bytes).",
                limit: limits.bytes)
        }
        if key.bytes.count > limits.segments, key.depth > limits.segments {
            throw StoreError(
                .keyTooLong, "The key has \(key.depth) segments; the limit is \(limits.segments).",
                limit: limits.segments)
        }
        // Names that begin with '_' are the service's own paths.
        if let entryPoints = limits.entryPoints, key.bytes.first != UInt8(ascii: "_") {
            let name = String(decoding: key.bytes.prefix { $0 != 0 }, as: UTF8.self)
            guard entryPoints.contains(where: { $0.utf8.elementsEqual(name.utf8) }) else {
                let known = entryPoints.sorted().joined(separator: ", ")
                throw StoreError(
                    .unknownEntryPoint, "There is no entry point '\(name)'. This service has: \(known).")
            }
        }
    }
}

/// Reads a raw path byte by byte into a key's bytes.
private struct PathParser {
    private(set) var bytes: [UInt8] = []
    private(set) var hasNonASCII = false
    private var segmentStart = 0
    private var pendingDigits = 0
    private var pendingValue: UInt8 = 0

    init(capacity: Int) {
        bytes.reserveCapacity(capacity)
    }

    mutating func take(_ byte: UInt8) throws(StoreError) {
        if pendingDigits > 0 {
            try takeHexDigit(byte)
        } else if byte == UInt8(ascii: "/") {
            try endSegment()
        } else if byte == UInt8(ascii: "%") {
            pendingDigits = 2
            pendingValue = 0
        } else {
            try append(byte)
        }
    }

    mutating func endSegment() throws(StoreError) {
        guard pendingDigits == 0 else { throw badEscape() }
        guard bytes.count > segmentStart else {
            throw StoreError(
                .invalidKey, "Segment \(segmentNumber) of the path is empty; give a name between each two '/'.")
        }
        if bytes[segmentStart] == UInt8(ascii: "."), isDots {
            throw StoreError(
                .invalidKey, "Segment \(segmentNumber) of the path is '.' or '..', which is not allowed in a key.")
        }
        bytes.append(0)
        segmentStart = bytes.count
    }

    private var isDots: Bool { bytes.count - segmentStart <= 2 && bytes[bytes.count - 1] == UInt8(ascii: ".") }

    private var segmentNumber: Int { bytes.count(where: { $0 == 0 }) + 1 }

    func checkUTF8() throws(StoreError) {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw StoreError(.invalidKey, "The path is not valid UTF-8 after percent-decoding.")
        }
        if let control = text.unicodeScalars.first(where: { (0x80...0x9F).contains($0.value) }) {
            throw StoreError(
                .invalidKey,
                "The path contains the control character U+00\(String(control.value, radix: 16)), which is not allowed."
            )
        }
    }

    private mutating func takeHexDigit(_ byte: UInt8) throws(StoreError) {
        let digit: UInt8
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
        default: throw badEscape()
        }
        pendingValue = pendingValue << 4 | digit
        pendingDigits -= 1
        if pendingDigits == 0 { try append(pendingValue) }
    }

    mutating func append(_ byte: UInt8) throws(StoreError) {
        if byte >= 0x80 {
            hasNonASCII = true
        } else if byte < 0x20 || byte == 0x7F {
            let number = String(byte, radix: 16, uppercase: true)
            throw StoreError(
                .invalidKey,
                "The path contains the control character %\(byte < 16 ? "0" : "")\(number), which is not allowed."
            )
        }
        bytes.append(byte)
    }

    private func badEscape() -> StoreError {
        StoreError(
            .invalidKey, "A '%' in the path is not followed by two hexadecimal digits; write a literal '%' as '%25'.")
    }
}
