import Foundation
import MicroJSON
import Testing

/// The folder of published cases, if the environment names one.
private let sharedData = ProcessInfo.processInfo.environment["NESTKV_SHARED_DATA"]

/// The published cases for the RFCs. They are not part of the project and are read from another folder.
///
/// If the environment names the folder, its files must exist.
@Suite(.enabled(if: sharedData != nil, "NESTKV_SHARED_DATA names no folder"))
struct SharedDataTests {
    @Test(arguments: ["arrays", "french", "structures", "unicode", "values", "weird"])
    func `The published canonical forms are produced`(_ name: String) throws {
        let input = try JSONText(parsing: read("canonical-json/input/\(name).json"))
        let output = try read("canonical-json/output/\(name).json")
        let expected = String(decoding: output, as: UTF8.self)
        #expect(String(decoding: input.canonical(), as: UTF8.self) == expected)
        #expect(input.canonical() == output)
    }

    @Test func `The published merge patches are applied`() throws {
        let cases = try entries(of: "merge-patch.json")
        #expect(cases.count >= 15)
        for entry in cases {
            let original = try #require(entry["original"])
            let patch = try #require(entry["patch"])
            #expect(original.mergePatched(with: patch) == entry["result"], "\(JSONValue.object(entry).text)")
        }
    }

    @Test(arguments: ["tests", "spec_tests"]) func `The published JSON Patch cases hold`(_ name: String) throws {
        let cases = try entries(of: "json-patch/\(name).json")
        var run = 0
        for entry in cases where entry["disabled"] != .true {
            guard let document = entry["doc"], let patch = entry["patch"] else { continue }
            run += 1
            let comment = Comment(rawValue: JSONValue.object(entry).text.description)
            if entry["error"] != nil {
                #expect(throws: JSONPatchError.self, comment) { try JSONPatch(patch).apply(to: document) }
            } else {
                let result = try JSONPatch(patch).apply(to: document)
                if let expected = entry["expected"] { #expect(result == expected, comment) }
            }
        }
        #expect(run >= (name == "tests" ? 80 : 15))
    }

    /// The objects of a file's array. Objects with a duplicate name test that it is refused; they are omitted here, and
    /// must expect an error.
    private func entries(of file: String) throws -> [JSONObject] {
        try elements(of: read(file)).compactMap { entry in
            do {
                guard case .object(let object) = try JSONValue(parsing: entry) else { return nil }
                return object
            } catch let error as JSONSyntaxError {
                #expect(error.code == .duplicateName)
                #expect(String(decoding: entry, as: UTF8.self).contains("\"error\""))
                return nil
            }
        }
    }

    /// The elements of an array's text, split without parsing them.
    private func elements(of file: [UInt8]) -> [[UInt8]] {
        var elements: [[UInt8]] = [[]]
        var depth = 0
        var isInString = false
        var isEscaped = false
        for byte in file {
            if !isInString, byte == UInt8(ascii: "]") || byte == UInt8(ascii: "}") { depth -= 1 }
            if depth == 1, !isInString, byte == UInt8(ascii: ",") {
                elements.append([])
            } else if depth > 0 {
                elements[elements.count - 1].append(byte)
            }
            if !isInString, byte == UInt8(ascii: "[") || byte == UInt8(ascii: "{") { depth += 1 }
            if byte == UInt8(ascii: "\""), !isEscaped { isInString.toggle() }
            isEscaped = isInString && byte == UInt8(ascii: "\\") && !isEscaped
        }
        return elements
    }

    private func read(_ file: String) throws -> [UInt8] {
        let folder = try #require(sharedData)
        return Array(try Data(contentsOf: URL(fileURLWithPath: folder).appendingPathComponent(file)))
    }
}
