import Foundation
import JSONSchema
import MicroJSON
import Testing

/// Texts that no parser has checked give meaningless results, but never a read outside of them or an endless loop.
@Suite struct DamagedTextTests {
    /// A generator that gives the same numbers in each run (SplitMix64).
    private struct Numbers: RandomNumberGenerator {
        var state: UInt64 = 1

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var word = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
            word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
            return word ^ (word >> 31)
        }
    }

    private func damaged(_ text: JSONText, _ numbers: inout Numbers) -> JSONText {
        var bytes = text.utf8
        for _ in 0..<Int.random(in: 1...3, using: &numbers) where bytes.count > 1 {
            let index = Int.random(in: bytes.indices, using: &numbers)
            switch Int.random(in: 0..<4, using: &numbers) {
            case 0: bytes.remove(at: index)
            case 1: bytes[index] = Array("{}[]\",:\\0eu-".utf8).randomElement(using: &numbers) ?? 0
            case 2: bytes[index] = UInt8.random(in: 0...255, using: &numbers)
            default: bytes.removeSubrange(index...)
            }
        }
        return JSONText(trusted: bytes.isEmpty ? [0x7B] : bytes)
    }

    @Test func `damaged schemas and values are handled`() throws {
        let folder = try #require(ProcessInfo.processInfo.environment["NESTKV_JSON_SCHEMA_SUITE"])
        let suite = try OfficialSuite(folder: URL(filePath: folder))
        var numbers = Numbers()
        var count = 0
        for draft in SchemaDraft.allCases {
            var options = SchemaOptions()
            options.draft = draft
            options.formats = .assertedIfKnown
            for group in try suite.groups(of: draft, in: "") + suite.groups(of: draft, in: "optional/format/") {
                for schema in [group.schema, damaged(group.schema, &numbers)] {
                    guard let compiled = try? CompiledSchema(schema, options: options, registered: suite.registered)
                    else { continue }
                    for test in group.tests {
                        let value = damaged(test.data, &numbers)
                        let isValid = try? compiled.isValid(value)
                        let errors = try? compiled.errors(in: value)
                        #expect(isValid == nil || errors == nil || isValid != true || errors?.isEmpty == true)
                        count += 1
                    }
                }
            }
        }
        #expect(count > 10_000)
    }
}
