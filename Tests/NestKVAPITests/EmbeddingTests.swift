import Foundation
import Testing
import Yams

@testable import NestKVAPI

/// `/_openapi.yaml` and `/_openapi.json` return the file in the repository.
struct EmbeddingTests {
    private let yaml: String

    init() throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent()
        yaml = try String(contentsOf: root.appending(components: "openapi", "openapi.yaml"), encoding: .utf8)
    }

    @Test func `the YAML is the file, byte for byte`() {
        #expect(OpenAPI.yaml == Array(yaml.utf8))
    }

    /// If it fails, run `scripts/openapi`. Yams' own reading of scalars is another one than that of the tool.
    @Test func `the JSON says the same`() throws {
        let expected = try #require(try Yams.load(yaml: yaml) as? NSDictionary)
        let json = try JSONSerialization.jsonObject(with: Data(OpenAPI.json))
        #expect(expected == json as? NSDictionary)
    }
}
