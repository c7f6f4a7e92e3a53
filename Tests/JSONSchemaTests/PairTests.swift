import Foundation
import JSONSchema
import MicroJSON
import Testing

/// Random pairs of a schema and a value, judged by another implementation. `scripts/test` makes them with
/// `scripts/schema-pairs` and sets the variable; without it this test fails.
@Suite struct PairTests {
    @Test func `another implementation gives the same verdicts`() throws {
        let path = try #require(
            ProcessInfo.processInfo.environment["NESTKV_JSON_SCHEMA_PAIRS"],
            "NESTKV_JSON_SCHEMA_PAIRS must name a file made by scripts/schema-pairs; scripts/test makes one")
        let data = try Data(contentsOf: URL(filePath: path))
        var (count, valid) = (0, 0)
        for line in data.split(separator: UInt8(ascii: "\n")) {
            let pair = try JSONText(parsing: Array(line))
            let parts = try ["schema", "value", "valid"].map { name in
                try #require(pair.slice(at: [Array(name.utf8)]))
            }
            let schema = try CompiledSchema(checking: parts[0])
            let isValid = try schema.isValid(parts[1])
            #expect(isValid == (parts[2] == .true), "\(pair)")
            #expect(try schema.errors(in: parts[1]).isEmpty == isValid, "\(pair)")
            count += 1
            if isValid { valid += 1 }
        }
        print("JSON Schema pairs: \(count), of which \(valid) are valid")
        #expect(valid > count / 10 && valid < count * 9 / 10)
        #expect(count >= 1000)
    }
}
