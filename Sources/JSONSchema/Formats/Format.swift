/// The formats of all drafts.
enum Format: UInt8, BitwiseCopyable, CaseIterable {
    case dateTime, date, time, duration
    case email, internationalEmail, hostname, internationalHostname
    case ipv4, ipv6
    case uri, uriReference, iri, iriReference, uriTemplate
    case uuid, jsonPointer, relativeJSONPointer, regex

    /// The name in a schema.
    var name: String {
        switch self {
        case .dateTime: "date-time"
        case .date: "date"
        case .time: "time"
        case .duration: "duration"
        case .email: "email"
        case .internationalEmail: "idn-email"
        case .hostname: "hostname"
        case .internationalHostname: "idn-hostname"
        case .ipv4: "ipv4"
        case .ipv6: "ipv6"
        case .uri: "uri"
        case .uriReference: "uri-reference"
        case .iri: "iri"
        case .iriReference: "iri-reference"
        case .uriTemplate: "uri-template"
        case .uuid: "uuid"
        case .jsonPointer: "json-pointer"
        case .relativeJSONPointer: "relative-json-pointer"
        case .regex: "regex"
        }
    }

    /// What a text of the format looks like, for messages.
    var example: String {
        switch self {
        case .dateTime: "2026-01-31T12:00:00Z"
        case .date: "2026-01-31"
        case .time: "12:00:00Z"
        case .duration: "P1DT12H"
        case .email, .internationalEmail: "name@example.com"
        case .hostname, .internationalHostname: "www.example.com"
        case .ipv4: "192.0.2.1"
        case .ipv6: "2001:db8::1"
        case .uri, .iri: "https://example.com/path"
        case .uriReference, .iriReference: "/path?query"
        case .uriTemplate: "/users/{id}"
        case .uuid: "123e4567-e89b-12d3-a456-426614174000"
        case .jsonPointer: "/items/0"
        case .relativeJSONPointer: "1/items"
        case .regex: "^[a-z]+$"
        }
    }

    private static let named: [String: Format] = Dictionary(uniqueKeysWithValues: allCases.map { ($0.name, $0) })

    /// The format of a name; nil if it isn't known.
    init?(name: String) {
        guard let format = Self.named[name] else { return nil }
        self = format
    }

    /// Whether a decoded text has the format.
    func accepts(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        var reader = Reader(text)
        switch self {
        case .dateTime: return reader.dateTime() && reader.isAtEnd
        case .date: return reader.date() && reader.isAtEnd
        case .time: return reader.time() && reader.isAtEnd
        case .duration: return reader.duration() && reader.isAtEnd
        case .email: return MailAddress.accepts(text, isInternational: false)
        case .internationalEmail: return MailAddress.accepts(text, isInternational: true)
        case .hostname: return HostName.accepts(text)
        case .internationalHostname: return HostName.acceptsInternational(text)
        case .ipv4: return IPAddress.isVersion4(text)
        case .ipv6: return IPAddress.isVersion6(text)
        case .uri: return ResourceIdentifier.accepts(text, isInternational: false, isReference: false)
        case .uriReference: return ResourceIdentifier.accepts(text, isInternational: false, isReference: true)
        case .iri: return ResourceIdentifier.accepts(text, isInternational: true, isReference: false)
        case .iriReference: return ResourceIdentifier.accepts(text, isInternational: true, isReference: true)
        case .uriTemplate: return URITemplate.accepts(text)
        case .uuid: return Self.isUUID(text)
        case .jsonPointer: return Self.isPointer(text[...])
        case .relativeJSONPointer: return Self.isRelativePointer(text)
        case .regex: return (try? PatternTranslator.translate(String(decoding: text, as: UTF8.self))) != nil
        }
    }

    private static func isUUID(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        guard text.count == 36 else { return false }
        for (index, byte) in text.enumerated() {
            let isDash = index == 8 || index == 13 || index == 18 || index == 23
            guard isDash ? byte == 0x2D : byte.isHexDigit else { return false }
        }
        return true
    }

    private static func isPointer(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
        guard text.isEmpty || text.first == 0x2F else { return false }
        var isEscape = false
        for byte in text {
            if isEscape, byte != 0x30, byte != 0x31 { return false }
            isEscape = byte == 0x7E
        }
        return !isEscape
    }

    private static func isRelativePointer(_ text: UnsafeBufferPointer<UInt8>) -> Bool {
        let digits = text.prefix { $0.isDigit }
        guard let first = digits.first, first != 0x30 || digits.count == 1 else { return false }
        let rest = text[digits.count...]
        return rest.elementsEqual([0x23]) || isPointer(rest)
    }
}

extension UInt8 {
    /// Whether it is an ASCII digit.
    @inline(__always)
    var isDigit: Bool { self &- 0x30 < 10 }
    /// Whether it is an ASCII letter.
    @inline(__always)
    var isLetter: Bool { (self | 0x20) &- 0x61 < 26 }
    /// Whether it is a hexadecimal digit of either case.
    @inline(__always)
    var isHexDigit: Bool { isDigit || (self | 0x20) &- 0x61 < 6 }
}
