import MicroText
import NestKVStorage

/// How entry points become buckets and keys become subjects, and back.
///
/// A bucket's key is the segments below the entry point, joined with dots. The leaf at the entry point itself is `=`.
/// In a segment, `A-Z a-z 0-9 _ - /` are written unchanged, and every other byte is `=XX`. A bucket's name can't
/// contain `=`, so every byte other than `A-Z a-z 0-9 _ -` is `_xXX`, and so is the `_` of a literal `_xXX`. Names of
/// other programs that nestkv wouldn't make are ignored.
enum KeyNaming {
    /// The longest bucket name: the server takes 255 bytes with the prefix `KV_`.
    static let bucketBytesMax = 252

    /// The bucket of an entry point.
    static func bucket(of entryPoint: some Collection<UInt8>) -> String {
        let bytes = Array(entryPoint)
        var name: [UInt8] = []
        for (index, byte) in bytes.enumerated() {
            if isPlain(byte), !(byte == UInt8(ascii: "_") && isEscape(bytes[index...])) {
                name.append(byte)
            } else {
                name += [
                    UInt8(ascii: "_"), UInt8(ascii: "x"), Hexadecimal.upperCaseDigit(byte >> 4),
                    Hexadecimal.upperCaseDigit(byte & 15),
                ]
            }
        }
        return String(decoding: name, as: UTF8.self)
    }

    /// The entry point of a bucket; nil if no entry point has this name.
    static func entryPoint(of bucket: Substring) -> [UInt8]? {
        let bytes = Array(bucket.utf8)
        var name: [UInt8] = []
        var index = 0
        while index < bytes.count {
            if isEscape(bytes[index...]) {
                name.append(value(bytes[index + 2])! << 4 | value(bytes[index + 3])!)
                index += 4
            } else {
                name.append(bytes[index])
                index += 1
            }
        }
        return isName(name) && self.bucket(of: name) == bucket ? name : nil
    }

    /// A bucket's key for the segments below the entry point, each followed by NUL.
    static func subject(below segments: ArraySlice<UInt8>) -> String {
        guard !segments.isEmpty else { return "=" }
        return String(unsafeUninitializedCapacity: 3 * segments.count) { text in
            var count = 0
            func add(_ byte: UInt8) {
                text[count] = byte
                count += 1
            }
            for byte in segments.dropLast() {
                if isPlain(byte) || byte == UInt8(ascii: "/") {
                    add(byte)
                } else if byte == 0 {
                    add(UInt8(ascii: "."))
                } else {
                    add(UInt8(ascii: "="))
                    add(Hexadecimal.upperCaseDigit(byte >> 4))
                    add(Hexadecimal.upperCaseDigit(byte & 15))
                }
            }
            return count
        }
    }

    /// The segments below the entry point for a bucket's key; nil if the key is not a path.
    static func segments(of subject: Substring) -> [[UInt8]]? {
        if subject == "=" { return [] }
        var segments: [[UInt8]] = []
        for part in subject.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false) {
            var segment: [UInt8] = []
            var rest = part[...]
            while let byte = rest.popFirst() {
                guard byte == UInt8(ascii: "=") else {
                    segment.append(byte)
                    continue
                }
                guard let high = rest.popFirst().flatMap(value), let low = rest.popFirst().flatMap(value) else {
                    return nil
                }
                segment.append(high << 4 | low)
            }
            guard isName(segment) else { return nil }
            segments.append(segment)
        }
        return self.subject(below: segments.flatMap { $0 + [0] }[...]) == subject ? segments : nil
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    /// Whether the bytes begin with `_xXX`.
    private static func isEscape(_ bytes: ArraySlice<UInt8>) -> Bool {
        let start = bytes.startIndex
        return bytes.count >= 4 && bytes[start] == UInt8(ascii: "_") && bytes[start + 1] == UInt8(ascii: "x")
            && value(bytes[start + 2]) != nil && value(bytes[start + 3]) != nil
    }

    /// The value of an upper-case hexadecimal digit.
    private static func value(_ digit: UInt8) -> UInt8? {
        digit < UInt8(ascii: "a") ? Hexadecimal.value(of: digit) : nil
    }

    /// Whether bytes can be a segment: not empty, no NUL, UTF-8.
    private static func isName(_ bytes: [UInt8]) -> Bool {
        !bytes.isEmpty && !bytes.contains(0) && String(validating: bytes, as: UTF8.self) != nil
    }
}
