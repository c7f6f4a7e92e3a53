import MicroJSON
import TestSupport

/// A condition on a response.
indirect enum Check: Sendable {
    case status(Int)
    case bytes(String)
    case json(String)
    case part(String, String?)
    case partAtLeast(String, String)
    case contains(String)
    case header(String, HeaderValue)
    case problem(Int, String)
    case not(Check)

    /// The difference from the expectation; nil: none.
    func difference(in reply: Reply, _ names: [String: String]) throws -> String? {
        switch self {
        case .status(let status):
            return reply.status == status ? nil : "the status is \(reply.status), not \(status)"
        case .bytes(let text):
            let expected = text.filling(names)
            return reply.body.elementsEqual(expected.utf8) ? nil : "the body is not exactly \(expected)"
        case .json(let text):
            let expected = TestSupport.json(text.filling(names))
            return try reply.json() == expected ? nil : "the body is not equal to \(expected.text)"
        case .part(let pointer, let text):
            let found = try reply.part(pointer)
            let expected = text.map { TestSupport.json($0.filling(names)) }
            guard found != expected else { return nil }
            return
                "\(pointer) is \(found.map { "\($0.text)" } ?? "absent"), "
                + "not \(expected.map { "\($0.text)" } ?? "absent")"
        case .partAtLeast(let pointer, let text):
            let found = try reply.part(pointer).flatMap { UInt64("\($0.text)") }
            guard let least = UInt64(text.filling(names)), let found, found >= least else {
                return "\(pointer) is \(found.map { "\($0)" } ?? "no number"), less than \(text.filling(names))"
            }
            return nil
        case .contains(let text):
            let expected = text.filling(names)
            return reply.text.contains(expected) ? nil : "the body doesn't contain '\(expected)'"
        case .header(let name, let expected):
            guard let reason = expected.difference(reply[name], names) else { return nil }
            return "the header \(name) \(reason)"
        case .not(let check):
            return try check.difference(in: reply, names) == nil ? "it must not be so, but it is: \(check)" : nil
        case .problem(let status, let code):
            return try Self.difference(fromProblem: status, code, reply)
        }
    }

    private static func difference(fromProblem status: Int, _ code: String, _ reply: Reply) throws -> String? {
        guard reply["Content-Type"] == "application/problem+json" else {
            return "the content type is \(reply["Content-Type"] ?? "absent"), not application/problem+json"
        }
        let expected = [
            ("/type", JSONValue.string("urn:nestkv:problem:\(code)")), ("/status", .integer(status)),
            ("/code", .string(code)),
        ]
        for (pointer, value) in expected where try reply.part(pointer) != value {
            return "the problem's \(pointer) is not \(value.text)"
        }
        for pointer in ["/title", "/detail", "/instance"] {
            guard let text = try reply.part(pointer)?.stringContent, !text.isEmpty else {
                return "the problem has no \(pointer)"
            }
        }
        return nil
    }
}

/// A condition on the value of a response header.
enum HeaderValue: Sendable, ExpressibleByStringLiteral {
    /// Exactly this.
    case exactly(String)
    /// Not this, and there.
    case other(String)
    /// There.
    case present
    /// Not there.
    case absent
    /// Beginning with this.
    case beginning(String)
    /// A number that is not smaller than this.
    case atLeast(String)
    /// A list that has all of these members.
    case listing([String])

    init(stringLiteral value: String) { self = .exactly(value) }

    func difference(_ value: String?, _ names: [String: String]) -> String? {
        guard let value else {
            if case .absent = self { return nil }
            return "is absent"
        }
        switch self {
        case .exactly(let text):
            return value == text.filling(names) ? nil : "is '\(value)', not '\(text.filling(names))'"
        case .other(let text): return value == text.filling(names) ? "is '\(value)' still" : nil
        case .present: return value.isEmpty ? "is empty" : nil
        case .absent: return "is '\(value)', though it must not be there"
        case .beginning(let text):
            return value.hasPrefix(text.filling(names)) ? nil : "is '\(value)', which doesn't begin with '\(text)'"
        case .atLeast(let text):
            guard let least = UInt64(text.filling(names)), let number = UInt64(value), number >= least else {
                return "is '\(value)', less than '\(text.filling(names))'"
            }
            return nil
        case .listing(let members):
            let listed = value.split(separator: ",").map { $0.filter { $0 != " " } }
            return members.allSatisfy { listed.contains($0) } ? nil : "is '\(value)', which lacks some of \(members)"
        }
    }
}
