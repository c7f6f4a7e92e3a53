import MicroJSON

/// A response as it was received.
public struct Reply: Sendable {
    /// The status code.
    public let status: Int
    /// The header fields in the order of their arrival.
    public let fields: [(name: String, value: String)]
    /// The body's bytes.
    public var body: [UInt8] = []

    /// The value of a header field. The name is not case-sensitive; several lines are joined with `, `.
    public subscript(name: String) -> String? {
        let values = fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value)
        return values.isEmpty ? nil : values.joined(separator: ", ")
    }

    /// The body as text.
    public var text: String { String(decoding: body, as: UTF8.self) }

    /// The body as JSON, as written.
    public func json() throws -> JSONValue {
        do throws(JSONSyntaxError) {
            return try JSONValue(parsing: body, limits: JSONLimits(maximumBytes: 64 << 20, maximumDepth: 1024))
        } catch {
            throw TestFailure("the body is not JSON (\(error)): \(text.prefix(400))")
        }
    }

    /// The part of a JSON body at a JSON pointer; nil if there is no such part.
    public func part(_ pointer: String) throws -> JSONValue? {
        guard let pointer = JSONPointer(pointer) else { throw TestFailure("'\(pointer)' is no JSON pointer") }
        return try json().value(at: pointer.tokens)
    }

    /// Whether the server ends the connection after this reply.
    var isLast: Bool { self["Connection"]?.lowercased() == "close" }
}

/// A request to send.
public struct HTTPRequest: Sendable {
    /// The method.
    public var method: String
    /// The raw, percent-encoded request target.
    public var target: String
    /// The header fields besides `Host` and `Content-Length`.
    public var headers: [(name: String, value: String)]
    /// The body; nil for a request without a body and `Content-Length`.
    public var body: [UInt8]?

    /// A request from its parts.
    public init(
        _ method: String, _ target: String, headers: [(name: String, value: String)] = [], body: [UInt8]? = nil
    ) {
        self.method = method
        self.target = target
        self.headers = headers
        self.body = body
    }

    var bytes: [UInt8] {
        var head = "\(method) \(target) HTTP/1.1\r\nHost: localhost\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        if let body { head += "Content-Length: \(body.count)\r\n" }
        return Array((head + "\r\n").utf8) + (body ?? [])
    }
}

/// A JSON text of a test as a value.
///
/// - Precondition: the text is valid JSON.
public func json(_ text: String) -> JSONValue {
    do throws(JSONSyntaxError) {
        return try JSONValue(parsing: Array(text.utf8), limits: JSONLimits(maximumBytes: 64 << 20, maximumDepth: 1024))
    } catch {
        preconditionFailure("a test's own JSON is wrong: \(error): \(text)")
    }
}
