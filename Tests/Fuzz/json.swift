// Fuzzes MicroJSON. `scripts/fuzz json` builds it together with this module:
//
//     modules: MicroJSON
import Foundation
import MicroJSON

/// One run. The input is used as a document, as unchecked bytes, as a pointer, and as a patch with its document.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzJSON(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    checkDocument(input)
    checkTrusted(JSONText(trusted: input))
    checkPointer(input)
    // A byte that never occurs in JSON separates a patch from its document.
    let parts = input.split(separator: 0xFF, maxSplits: 1, omittingEmptySubsequences: false)
    if parts.count == 2 { checkPatches(Array(parts[0]), on: Array(parts[1])) }
    return 0
}

/// A text is accepted exactly if the plain reference accepts it, and survives every conversion and back.
private func checkDocument(_ input: [UInt8]) {
    let isGood = Reference.accepts(input)
    guard let text = try? JSONText(parsing: input) else {
        precondition(isGood != true, "refused what the reference takes")
        return
    }
    precondition(isGood != false, "took what the reference refuses")
    precondition(reparsed(text.utf8) == text, "the minified text changed")
    precondition(reparsed(text.pretty(indent: 1)) == text, "the pretty text is another")
    let canonical = text.canonical()
    precondition(reparsed(canonical)?.canonical() == canonical, "the canonical form is not its own")
    let unknown = JSONText(trusted: text.utf8)
    precondition(unknown.canonical() == canonical, "called canonical and isn't")
    let tree = JSONValue(text)
    precondition(tree.text == text, "the tree gives another text")
    precondition(tree == tree, "a tree is not equal to itself")
    var checks = 200
    checkParts(of: text, tree, path: [], &checks)
    checkLeaves(of: text)
    if input.count < 200 { checkFoundation(text) }
}

private func reparsed(_ text: [UInt8]) -> JSONText? { try? JSONText(parsing: text) }

/// Scanning finds the parts as they are in the tree.
private func checkParts(of text: JSONText, _ value: JSONValue, path: [[UInt8]], _ checks: inout Int) {
    checks -= 1
    guard checks > 0 else { return }
    guard let part = text.slice(at: path) else { preconditionFailure("a part was not found") }
    precondition(part == value.text, "a part is another in the tree")
    switch value {
    case .scalar: break
    case .array(let elements):
        precondition(part.elements.map { Array($0) } == elements.map(\.text.utf8), "the elements differ")
        for (index, element) in elements.enumerated() {
            checkParts(of: text, element, path: path + [Array(String(index).utf8)], &checks)
        }
    case .object(let object):
        precondition(part.members.map(\.name) == object.map(\.name), "the members differ")
        for member in object { checkParts(of: text, member.value, path: path + [member.name], &checks) }
    }
}

/// Leaves are at their paths, and compose the document again.
private func checkLeaves(of text: JSONText) {
    var rebuilt = JSONValue.object(JSONObject())
    text.forEachLeaf { path, value in
        precondition(text.slice(at: path)?.utf8 == Array(value), "a leaf is not at its path")
        for count in 0..<path.count where rebuilt.value(at: path[..<count]) == nil {
            try? rebuilt.set(.object(JSONObject()), at: path[..<count])
        }
        try? rebuilt.set(JSONValue(JSONText(trusted: Array(value))), at: path)
    }
    precondition(rebuilt == JSONValue(text), "the leaves are not the document")
}

/// Foundation accepts the same texts, unless a number is beyond a double or it counts levels differently.
private func checkFoundation(_ text: JSONText) {
    guard !text.utf8.contains(where: { $0 | 0x20 == UInt8(ascii: "e") }) || text.kind == .string else { return }
    let reference = try? JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
    precondition(reference != nil, "Foundation refuses \(text)")
}

/// Unchecked bytes may give any result, but no crash.
private func checkTrusted(_ text: JSONText) {
    _ = text.canonical()
    _ = text.pretty()
    _ = text.slice(at: [Array("a".utf8), Array("1".utf8)])
    _ = text.stringContent
    for member in text.members {
        _ = (member.name, member.kind)
        // The optimiser of Swift 6.3 frees a value that is not used before it fills it.
        precondition(member.value.utf8.count <= text.utf8.count, "a part is longer than the whole")
    }
    for element in text.elements { _ = element.count }
    text.forEachLeaf { path, value in _ = (path.count, value.count) }
    let tree = JSONValue(text)
    _ = tree == JSONValue(JSONText(trusted: tree.text.utf8))
    _ = tree.mergePatched(with: tree)
    _ = try? JSONPatch(tree).apply(to: tree)
}

private func checkPointer(_ input: [UInt8]) {
    guard String(validating: input, as: UTF8.self) != nil, let pointer = JSONPointer(utf8: input) else { return }
    precondition(Array(pointer.description.utf8) == input, "the pointer came back as another")
}

/// The result of a patch is JSON.
private func checkPatches(_ patch: [UInt8], on document: [UInt8]) {
    guard let patch = try? JSONValue(parsing: patch), let document = try? JSONValue(parsing: document) else { return }
    let limits = JSONLimits(maximumBytes: 1 << 16, maximumDepth: 1100)
    let merged = document.mergePatched(with: patch)
    precondition((try? JSONValue(parsing: merged.text.utf8)) == merged, "the merged document is no JSON")
    precondition(merged.mergePatched(with: patch) == merged, "merging twice is not merging once")
    guard let patched = try? JSONPatch(patch).apply(to: document, limits: limits) else { return }
    precondition((try? JSONText(parsing: patched.text.utf8, limits: limits)) == patched.text, "the result is no JSON")
}

/// A minimal parser of RFC 8259 for comparison.
private struct Reference {
    let bytes: [UInt8]
    var position = 0
    var depth = 0
    var isUndecided = false

    /// Whether the bytes are JSON; nil if this is not compared.
    static func accepts(_ bytes: [UInt8]) -> Bool? {
        var reference = Reference(bytes: bytes)
        guard String(validating: bytes, as: UTF8.self) != nil else { return false }
        let isGood = reference.value() && reference.position == bytes.count
        return reference.isUndecided ? nil : isGood
    }

    private mutating func take(_ byte: Character) -> Bool {
        guard position < bytes.count, bytes[position] == byte.asciiValue else { return false }
        position += 1
        return true
    }

    private mutating func take(anyOf characters: String) -> Bool {
        guard position < bytes.count, characters.utf8.contains(bytes[position]) else { return false }
        position += 1
        return true
    }

    private mutating func space() {
        while take(anyOf: " \n\r\t") {}
    }

    private mutating func value() -> Bool {
        space()
        defer { space() }
        depth += 1
        defer { depth -= 1 }
        for literal in ["null", "true", "false"] where bytes[position...].starts(with: literal.utf8) {
            position += literal.utf8.count
            return true
        }
        if take("\"") { return string() != nil }
        if take("[") { return depth <= 512 && array() }
        if take("{") { return depth <= 512 && object() }
        return number()
    }

    private mutating func array() -> Bool {
        space()
        if take("]") { return true }
        repeat {
            guard value() else { return false }
        } while take(",")
        return take("]")
    }

    private mutating func object() -> Bool {
        var names = Set<[UInt16]>()
        space()
        if take("}") { return true }
        repeat {
            space()
            guard take("\""), let name = string(), names.insert(name).inserted else { return false }
            space()
            guard take(":"), value() else { return false }
        } while take(",")
        return take("}")
    }

    /// The code units of a string after its opening quote.
    private mutating func string() -> [UInt16]? {
        let start = position
        while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
            guard bytes[position] >= 0x20 else { return nil }
            position += bytes[position] == UInt8(ascii: "\\") ? 2 : 1
        }
        guard position < bytes.count else { return nil }
        defer { position += 1 }
        var units: [UInt16] = []
        var rest = Array(String(decoding: bytes[start..<position], as: UTF8.self).utf16)[...]
        while let unit = rest.popFirst() {
            guard unit == 0x5C else {
                units.append(unit)
                continue
            }
            guard let letter = rest.popFirst(), let escaped = Self.unit(of: letter, &rest) else { return nil }
            units.append(escaped)
        }
        return String(validating: units, as: UTF16.self) == nil ? nil : units
    }

    private static func unit(of letter: UInt16, _ rest: inout ArraySlice<UInt16>) -> UInt16? {
        let letters: [Character: UInt16] = [
            "\"": 0x22, "\\": 0x5C, "/": 0x2F, "b": 8, "f": 12, "n": 10, "r": 13, "t": 9,
        ]
        guard let scalar = Unicode.Scalar(letter) else { return nil }
        guard scalar == "u" else { return letters[Character(scalar)] }
        let digits = String(decoding: rest.prefix(4), as: UTF16.self)
        rest = rest.dropFirst(4)
        guard digits.utf8.count == 4, digits.utf8.allSatisfy({ Character(Unicode.Scalar($0)).isHexDigit }) else {
            return nil
        }
        return UInt16(digits, radix: 16)
    }

    private mutating func number() -> Bool {
        _ = take("-")
        if !take("0") {
            guard take(anyOf: "123456789") else { return false }
            while take(anyOf: "0123456789") {}
        }
        if take(".") {
            guard take(anyOf: "0123456789") else { return false }
            while take(anyOf: "0123456789") {}
        }
        guard take(anyOf: "eE") else { return true }
        _ = take(anyOf: "+-")
        let start = position
        while take(anyOf: "0123456789") {}
        // The codec's own limit. Cases that depend on the digits before the exponent are not compared.
        let significant = bytes[start..<position].drop { $0 == UInt8(ascii: "0") }.count
        isUndecided = isUndecided || significant == 18
        return position > start && significant <= 18
    }
}
