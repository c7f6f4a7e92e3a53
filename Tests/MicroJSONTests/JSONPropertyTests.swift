import Foundation
import MicroJSON
import TestSupport
import Testing

@Suite struct JSONPropertyTests {
    @Test(arguments: 0..<20) func `The properties of all documents hold for random ones`(_ seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<50 {
            let sample = Sample(using: &generator)
            let spelling = sample.spelled(using: &generator)
            let text = try parsed(spelling)
            try checkText(text, spelling)
            let other = try parsed(sample.spelled(using: &generator))
            #expect(other.canonical() == text.canonical(), "\(text) and \(other) are one document")
            #expect(JSONValue(other) == JSONValue(text), "\(text) and \(other) are one document")
            try checkParts(of: text, JSONValue(text))
            try checkReplacing(in: text, JSONValue(text), with: other)
            #expect(text.depth == depth(JSONValue(text)))
        }
    }

    /// A text survives every conversion and back.
    private func checkText(_ text: JSONText, _ spelling: String) throws {
        #expect(try JSONText(parsing: text.utf8) == text)
        #expect(try JSONText(parsing: text.pretty()) == text)
        #expect(JSONValue(text).text == text)
        let canonical = text.canonical()
        let again = try JSONText(parsing: canonical)
        #expect(again.canonical() == canonical)
        let reference = try JSONSerialization.jsonObject(with: Data(spelling.utf8), options: .fragmentsAllowed)
        // For Foundation, differently composed names are equal.
        let hasAccents = again.description.unicodeScalars.contains("\u{301}")
        #expect(hasAccents || isEqual(JSONValue(text), reference), "\(text) as Foundation reads it")
    }

    /// Whether a tree equals Foundation's tree of the same text. Numbers are compared as doubles, as Foundation has
    /// them.
    private func isEqual(_ value: JSONValue, _ reference: Any) -> Bool {
        switch value {
        case .array(let elements):
            guard let others = reference as? [Any], others.count == elements.count else { return false }
            return zip(elements, others).allSatisfy(isEqual)
        case .object(let object):
            guard let others = reference as? [String: Any], others.count == object.count else { return false }
            return object.allSatisfy { member in
                others[String(decoding: member.name, as: UTF8.self)].map { isEqual(member.value, $0) } ?? false
            }
        case .scalar(let text):
            switch text.kind {
            case .string: return (reference as? String).map { bytes($0) } == text.stringContent
            case .number: return Double(text.description) == Double("\(reference)")
            case .boolean: return (reference as? Bool) == (text == .true)
            default: return reference is NSNull
            }
        }
    }

    /// Scanning finds every part as it is in the tree.
    private func checkParts(of text: JSONText, _ value: JSONValue, path: [[UInt8]] = []) throws {
        #expect(text.slice(at: path) == value.text)
        switch value {
        case .scalar: #expect(text.slice(at: path + [bytes("0")]) == nil)
        case .array(let elements):
            for (index, element) in elements.enumerated() {
                try checkParts(of: text, element, path: path + [bytes(String(index))])
            }
        case .object(let object):
            let part = try #require(text.slice(at: path))
            #expect(part.members.map(\.name) == object.map(\.name))
            #expect(part.members.map(\.value) == object.map(\.value.text))
            for member in object { try checkParts(of: text, member.value, path: path + [member.name]) }
        }
    }

    /// Replacing and removing each part by its bytes comes to the same text as doing so in the tree.
    private func checkReplacing(
        in text: JSONText, _ value: JSONValue, with other: JSONText, path: [[UInt8]] = []
    ) throws {
        let segments = path.map { $0[...] }
        var replaced = JSONValue(text)
        try replaced.set(JSONValue(other), at: path)
        #expect(text.replacing(segments, with: other) == replaced.text)
        if path.isEmpty {
            #expect(text.removing(segments) == nil)
        } else {
            var removed = JSONValue(text)
            try removed.remove(at: path)
            #expect(text.removing(segments) == removed.text)
        }
        switch value {
        case .scalar:
            #expect(text.replacing(segments + [bytes("x")[...]], with: other) == nil)
            #expect(text.removing(segments + [bytes("x")[...]]) == nil)
        case .array(let elements):
            for (index, element) in elements.enumerated() {
                try checkReplacing(in: text, element, with: other, path: path + [bytes(String(index))])
            }
        case .object(let object):
            for member in object {
                try checkReplacing(in: text, member.value, with: other, path: path + [member.name])
            }
        }
    }

    private func depth(_ value: JSONValue) -> Int {
        switch value {
        case .scalar: 0
        case .array(let elements): 1 + (elements.map(depth).max() ?? 0)
        case .object(let object): 1 + (object.map { depth($0.value) }.max() ?? 0)
        }
    }

    @Test func `A double that Foundation wrote has that double's canonical form`() throws {
        var generator = SeededGenerator(seed: 7)
        for _ in 0..<5000 {
            let double = Double(bitPattern: generator.next())
            guard double.isFinite else { continue }
            let form = try canonical("\(double)")
            #expect(Double(form) == double)
            // Seventeen digits identify the same double, so a fraction has the same form.
            let long = String(format: "%.16e", double)
            if double.magnitude < 1e15 { #expect(try canonical(long) == form, "\(long)") }
        }
    }
}
