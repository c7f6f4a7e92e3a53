import MicroJSON
import MicroText
import NestKVStorage

/// What the store knows of a leaf besides its value, as a line of text:
/// `flag version revision createdAt digest updatedAt expiresAt hash attribution`.
///
/// The flag is `l` (a leaf that nestkv wrote), `w` (a leaf that another program wrote: its text may contain white
/// space) or `d` (deleted). Times are milliseconds since 1970. The digest is that of the text; `-` means no value. The
/// scripts read the first seven fields and make the first four.
struct MetadataRow {
    /// Whether the leaf is deleted.
    let isDeleted: Bool
    /// Whether another program wrote the value.
    let isForeign: Bool
    /// The version; 0: the row only notes a value that isn't JSON.
    let version: UInt64
    /// The store's revision of the change.
    let revision: Revision
    private let fields: Fields

    private typealias Text = UnsafeBufferPointer<UInt8>
    private struct Fields {
        let createdAt: Timestamp, digest: Text, updatedAt: Timestamp, expiresAt: Timestamp?, hash: Text
        let attribution: Text
    }

    /// Reads a row, which must stay valid as long as this is used; nil if nestkv can't have written it.
    init?(_ bytes: UnsafeBufferPointer<UInt8>) {
        var rest = bytes[...]
        func next() -> Text? {
            guard let end = rest.firstIndex(of: UInt8(ascii: " ")) else { return nil }
            defer { rest = rest[(end + 1)...] }
            return Text(rebasing: rest[..<end])
        }
        func number() -> Int64? { next().flatMap { Int64(digits: $0) } }
        guard let flag = next(), let version = number(), let revision = number(), let createdAt = number(),
            let digest = next(), let updatedAt = number(), let expiresAt = next(), let hash = next(), flag.count == 1
        else { return nil }
        isDeleted = flag[0] == UInt8(ascii: "d")
        isForeign = flag[0] == UInt8(ascii: "w")
        self.version = UInt64(max(version, 0))
        self.revision = Revision(max(revision, 0))
        fields = Fields(
            createdAt: Timestamp(milliseconds: createdAt), digest: digest,
            updatedAt: Timestamp(milliseconds: updatedAt),
            expiresAt: Int64(digits: expiresAt).map { Timestamp(milliseconds: $0) }, hash: hash,
            attribution: Text(rebasing: rest))
    }

    /// Whether the row describes this text; nil: no text.
    func describes(_ text: UnsafeBufferPointer<UInt8>?) -> Bool {
        guard let text else { return fields.digest.count == 1 }
        return TextDigest.matches(fields.digest, text)
    }

    /// The record with its value.
    func record(_ key: Key, _ text: UnsafeBufferPointer<UInt8>?) -> Record? {
        var value = JSONText.null
        if !isDeleted {
            guard let text else { return nil }
            if isForeign {
                guard let parsed = try? JSONText(parsing: text) else { return nil }
                value = parsed
            } else {
                value = JSONText(trusted: text)
            }
        }
        guard let hash = DataHash(hexadecimal: fields.hash) else { return nil }
        return Record(
            key: key, value: value, version: version, revision: revision, createdAt: fields.createdAt,
            updatedAt: fields.updatedAt, expiresAt: fields.expiresAt,
            dataHash: hash, attribution: Attribution(row: fields.attribution),
            isDeleted: isDeleted, isExpiry: isDeleted && fields.attribution.elementsEqual(Self.expiry))
    }

    /// The fields that a script needs to make a row: `digest updatedAt expiresAt hash attribution`.
    static func tail(
        digest: [UInt8], updatedAt: Timestamp, expiresAt: Timestamp?, hash: DataHash, attribution: Attribution,
        isExpiry: Bool = false
    ) -> [UInt8] {
        var tail = digest
        tail.reserveCapacity(180)
        let space = UInt8(ascii: " ")
        tail.append(space)
        tail.append(number: updatedAt.milliseconds)
        tail.append(space)
        if let expiresAt { tail.append(number: expiresAt.milliseconds) } else { tail.append(UInt8(ascii: "-")) }
        tail.append(space)
        hash.withBytes { bytes in
            for byte in bytes {
                tail.append(Hexadecimal.digit(byte >> 4))
                tail.append(Hexadecimal.digit(byte & 15))
            }
        }
        tail.append(space)
        if isExpiry {
            tail.append(contentsOf: expiry)
        } else if attribution.isEmpty {
            tail.append(UInt8(ascii: "-"))
        } else {
            tail.append(contentsOf: attribution.json(Self.attributionNames))
        }
        return tail
    }

    /// An attribution is a JSON object on one line, or `-`.
    fileprivate static let attributionNames = AttributionNames(
        modifiedBy: "by", comment: "comment", schemaHash: "schema")

    /// The attribution of a deletion by expiry, which no client requested.
    private static let expiry = Array(#"{"expired":true}"#.utf8)
}

extension Int64 {
    /// A whole number from its decimal digits, with an optional `-` before them; nil if it isn't a number, or has a
    /// digit more than 2⁵⁸.
    init?(digits: some Collection<UInt8>) {
        let isNegative = digits.first == UInt8(ascii: "-")
        let digits = isNegative ? digits.dropFirst() : digits[...]
        guard !digits.isEmpty else { return nil }
        var number: Int64 = 0
        for digit in digits {
            guard digit >= 48, digit <= 57, number < 1 << 58 else { return nil }
            number = number * 10 + Int64(digit - 48)
        }
        self = isNegative ? -number : number
    }
}

extension Attribution {
    fileprivate init(row: UnsafeBufferPointer<UInt8>) {
        // Almost every row has '-' here.
        if row.first == UInt8(ascii: "{") { self.init(json: row, MetadataRow.attributionNames) } else { self.init() }
    }
}
