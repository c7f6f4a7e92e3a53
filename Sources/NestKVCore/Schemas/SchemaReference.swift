import MicroText
import NestKVStorage

/// A registered schema as clients name it.
public enum SchemaReference: Hashable, Sendable {
    /// `user`: the newest version of a name.
    case newest(String)
    /// `user@3`: a version of a name.
    case version(String, UInt64)
    /// `sha256:…`: the schema with a hash.
    case hash(String)

    /// How references are written, for messages.
    public static let forms = "'name', 'name@version' or 'sha256:' and 64 hexadecimal digits"

    /// Reads a reference; nil if the text has another form.
    public init?(_ text: String) {
        if let hash = Self.hash(text) {
            self = .hash(hash)
            return
        }
        let parts = text.split(separator: "@", maxSplits: 1, omittingEmptySubsequences: false)
        guard let name = parts.first.map(String.init), Self.isName(name) else { return nil }
        guard parts.count == 2 else {
            self = .newest(name)
            return
        }
        guard let version = UInt64(parts[1]), version > 0, String(version) == parts[1] else { return nil }
        self = .version(name, version)
    }

    /// Whether a schema can have this name.
    public static func isName(_ text: String) -> Bool {
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "_"), UInt8(ascii: "-"):
                true
            default: false
            }
        }
        return isPlain && (1...128).contains(text.utf8.count) && !text.hasPrefix("_") && !text.hasPrefix(".")
    }

    /// Refuses a text that can't be the name of something: "a schema".
    public static func checkName(_ text: String, of what: String) throws(KeyError) {
        guard !isName(text) else { return }
        throw KeyError(
            .invalid,
            "'\(text)' can't be the name of \(what). A name consists of at most 128 letters, digits, '.', '_' and '-', "
                + "and begins with a letter, a digit or '-'.")
    }

    /// The hash that a text is, in its usual spelling.
    private static func hash(_ text: String) -> String? {
        let prefix = "sha256:"
        guard text.hasPrefix(prefix) else { return nil }
        return DataHash(hexadecimal: Array(text.utf8.dropFirst(prefix.utf8.count)))?.description
    }

    /// The name in it.
    public var name: String? {
        switch self {
        case .newest(let name), .version(let name, _): name
        case .hash: nil
        }
    }

    /// The version in it.
    var number: UInt64? { if case .version(_, let number) = self { number } else { nil } }

    /// The reference to a version in the URI of a `$ref`: `nestkv:user@3`.
    init?(uri: String) {
        let scheme = "nestkv:"
        guard uri.hasPrefix(scheme) else { return nil }
        self.init(String(uri.dropFirst(scheme.count)))
    }
}

extension SchemaReference: CustomStringConvertible {
    public var description: String {
        switch self {
        case .newest(let name): name
        case .version(let name, let version): "\(name)@\(version)"
        case .hash(let hash): hash
        }
    }
}
