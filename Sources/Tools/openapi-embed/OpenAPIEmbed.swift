import Foundation
import MicroJSON
import Yams

/// `openapi-embed INPUT.yaml OUTPUT.swift` writes a Swift source that contains the document as YAML and as JSON.
@main
enum OpenAPIEmbed {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 3 else {
            FileHandle.standardError.write(Data("usage: openapi-embed INPUT.yaml OUTPUT.swift\n".utf8))
            exit(2)
        }
        let yaml = try String(contentsOfFile: arguments[1], encoding: .utf8)
        guard let document = try Yams.compose(yaml: yaml) else {
            FileHandle.standardError.write(Data("\(arguments[1]) contains no YAML document\n".utf8))
            exit(1)
        }
        var json = JSONWriter()
        write(document, to: &json)
        let source = """
            /// `openapi/openapi.yaml` at the time of the build. Made by the plugin EmbedOpenAPI.
            enum OpenAPI {
                static let yaml = Array(yamlText.utf8)
                static let json = Array(jsonText.utf8)

                private static let yamlText = ###\"\"\"
            \(yaml)
            \"\"\"###

                private static let jsonText = ###\"\"\"
            \(String(decoding: json.bytes, as: UTF8.self))
            \"\"\"###
            }

            """
        try source.write(toFile: arguments[2], atomically: true, encoding: .utf8)
    }

    private static func write(_ node: Node, to json: inout JSONWriter) {
        switch node {
        case .mapping(let mapping):
            json.beginObject()
            for (key, value) in mapping {
                json.name(utf8: (key.string ?? "").utf8)
                write(value, to: &json)
            }
            json.endObject()
        case .sequence(let sequence):
            json.beginArray()
            for element in sequence { write(element, to: &json) }
            json.endArray()
        case .scalar(let scalar):
            write(scalar, node, to: &json)
        case .alias:
            json.null()
        }
    }

    private static func write(_ scalar: Node.Scalar, _ node: Node, to json: inout JSONWriter) {
        let isPlain = scalar.style == .plain || scalar.style == .any
        if isPlain, let bool = node.bool, ["true", "false"].contains(scalar.string) {
            json.bool(bool)
        } else if isPlain, let number = try? JSONText(parsing: scalar.string), number.kind == .number {
            json.raw(number)
        } else if isPlain, ["null", "~", ""].contains(scalar.string) {
            json.null()
        } else {
            json.string(scalar.string)
        }
    }
}
