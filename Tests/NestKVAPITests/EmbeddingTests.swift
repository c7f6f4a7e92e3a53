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

    /// Save for the line end at the end of the file, which the embedding drops.
    @Test func `the YAML is the file, byte for byte`() {
        let embedded = String(decoding: OpenAPI.yaml, as: UTF8.self)
        #expect(embedded == yaml || embedded + "\n" == yaml)
    }

    /// Yams' own reading of scalars is another one than the embedding tool's.
    @Test func `the JSON says the same`() throws {
        let expected = try #require(try Yams.load(yaml: yaml) as? NSDictionary)
        let json = try JSONSerialization.jsonObject(with: Data(OpenAPI.json))
        #expect(expected == json as? NSDictionary)
    }
}
