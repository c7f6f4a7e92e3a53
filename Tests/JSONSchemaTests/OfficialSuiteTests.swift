import Foundation
import JSONSchema
import Testing

/// The official suite. `scripts/test` fetches it and sets the variable; without it these tests fail.
@Suite struct OfficialSuiteTests {
    /// Tests that are left out, by their files and the beginnings of their descriptions, with the reasons.
    private static let leftOut: [(file: String, description: String, reason: String)] = [
        (
            "draft7/optional/content.json", "an invalid JSON document",
            "content keywords say something about a value but refuse nothing, as later drafts have it"
        ),
        ("draft7/optional/content.json", "an invalid base64 string", "as above"),
        ("draft7/optional/content.json", "a validly-encoded invalid JSON document", "as above"),
    ]

    /// The numbers of tests in the suite that `scripts/test` fetches.
    private static let counts: [(draft: SchemaDraft, required: Int, optional: Int, formats: Int)] = [
        (.draft4, 610, 100, 153), (.draft6, 829, 106, 214), (.draft7, 913, 118, 434), (.draft2019, 1227, 154, 483),
        (.draft2020, 1257, 158, 491),
    ]

    private func suite() throws -> OfficialSuite {
        let folder = try #require(
            ProcessInfo.processInfo.environment["NESTKV_JSON_SCHEMA_SUITE"],
            "NESTKV_JSON_SCHEMA_SUITE must name the folder of the official suite; scripts/test fetches it")
        return try OfficialSuite(folder: URL(filePath: folder))
    }

    @Test(arguments: counts.map(\.draft))
    func `all required tests of a draft pass`(_ draft: SchemaDraft) throws {
        let expected = try #require(Self.counts.first { $0.draft == draft })
        try run(draft, in: "", formats: .annotated, count: expected.required)
    }

    @Test(arguments: counts.map(\.draft))
    func `the optional tests of a draft pass`(_ draft: SchemaDraft) throws {
        let expected = try #require(Self.counts.first { $0.draft == draft })
        try run(draft, in: "optional/", formats: .annotated, count: expected.optional)
    }

    @Test(arguments: counts.map(\.draft))
    func `the tests of all formats of a draft pass`(_ draft: SchemaDraft) throws {
        let expected = try #require(Self.counts.first { $0.draft == draft })
        try run(draft, in: "optional/format/", formats: .assertedIfKnown, count: expected.formats)
    }

    private func run(
        _ draft: SchemaDraft, in subfolder: String, formats: SchemaOptions.Formats, count expected: Int
    ) throws {
        let suite = try suite()
        var count = 0
        var leftOut = 0
        for group in try suite.groups(of: draft, in: subfolder) {
            count += group.tests.count
            for failure in suite.failures(of: group, draft: draft, formats: formats) {
                if Self.leftOut.contains(where: {
                    failure.hasPrefix($0.file) && failure.contains(": " + $0.description)
                }) {
                    leftOut += 1
                } else {
                    Issue.record("\(failure)")
                }
            }
        }
        print("JSON Schema suite: \(draft) \(subfolder): \(count) tests, \(leftOut) left out")
        #expect(count == expected)
    }
}
