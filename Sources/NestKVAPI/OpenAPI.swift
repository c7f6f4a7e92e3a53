import COpenAPI
import MicroJSON

/// The specification at the time of the build.
enum OpenAPI {
    /// `openapi/openapi.yaml`.
    static let yaml = bytes(copenapi_yaml())
    /// `openapi/openapi.json`, minified.
    // try! because a test reads it.
    static let json = try! JSONText(parsing: bytes(copenapi_json())).utf8

    private static func bytes(_ embedded: copenapi_bytes) -> [UInt8] {
        Array(UnsafeBufferPointer(start: embedded.start, count: embedded.count))
    }
}
