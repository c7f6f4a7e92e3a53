/// A request method (RFC 9110 §9), case-sensitive. Common methods compare by one byte, others by name.
public struct HTTPMethod: Hashable, Sendable, RawRepresentable, CustomStringConvertible {
    /// The name as it was sent.
    public let rawValue: String
    private let code: Code

    private enum Code: UInt8 { case get, head, put, patch, delete, post, options, other }

    /// RFC 9110 §9.3.1.
    public static let get = HTTPMethod("GET", .get)
    /// RFC 9110 §9.3.2.
    public static let head = HTTPMethod("HEAD", .head)
    /// RFC 9110 §9.3.4.
    public static let put = HTTPMethod("PUT", .put)
    /// RFC 5789.
    public static let patch = HTTPMethod("PATCH", .patch)
    /// RFC 9110 §9.3.5.
    public static let delete = HTTPMethod("DELETE", .delete)
    /// RFC 9110 §9.3.3.
    public static let post = HTTPMethod("POST", .post)
    /// RFC 9110 §9.3.7.
    public static let options = HTTPMethod("OPTIONS", .options)

    private static let known: [HTTPMethod] = [.get, .head, .put, .patch, .delete, .post, .options]

    /// A method with any name. Common names become the constants above.
    public init(rawValue: String) {
        self = Self.known.first { $0.rawValue == rawValue } ?? HTTPMethod(rawValue, .other)
    }

    private init(_ rawValue: String, _ code: Code) {
        self.rawValue = rawValue
        self.code = code
    }

    /// The method written in `name`. Makes no string for common methods.
    init(_ name: UnsafeBufferPointer<UInt8>) {
        let candidate: HTTPMethod? =
            switch (name.count, name.first) {
            case (3, UInt8(ascii: "G")): .get
            case (3, UInt8(ascii: "P")): .put
            case (4, UInt8(ascii: "H")): .head
            case (4, UInt8(ascii: "P")): .post
            case (5, UInt8(ascii: "P")): .patch
            case (6, UInt8(ascii: "D")): .delete
            case (7, UInt8(ascii: "O")): .options
            default: nil
            }
        if let candidate, name.elementsEqual(candidate.rawValue.utf8) {
            self = candidate
        } else {
            self = HTTPMethod(String(decoding: name, as: UTF8.self), .other)
        }
    }

    /// Whether it is a token, as RFC 9110 §9.1 requires.
    var isToken: Bool { code != .other || !rawValue.isEmpty && rawValue.utf8.allSatisfy(\.isTokenCharacter) }

    /// Compares common methods by their byte, others by name.
    public static func == (one: Self, other: Self) -> Bool {
        one.code == other.code && (one.code != .other || one.rawValue == other.rawValue)
    }

    /// Hashes what `==` compares.
    public func hash(into hasher: inout Hasher) {
        hasher.combine(code)
        if code == .other { hasher.combine(rawValue) }
    }

    /// The name.
    public var description: String { rawValue }
}
