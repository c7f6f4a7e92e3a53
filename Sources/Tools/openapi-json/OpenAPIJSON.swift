import Foundation
import MicroJSON
import Yams

/// `openapi-json INPUT.yaml` prints the document as indented JSON.
@main
enum OpenAPIJSON {
    static func main() throws {
        let arguments = CommandLine.arguments
        guard arguments.count == 2 else { fail("usage: openapi-json INPUT.yaml", status: 2) }
        guard let document = try Yams.compose(yaml: String(contentsOfFile: arguments[1], encoding: .utf8)) else {
            fail("\(arguments[1]) contains no YAML document", status: 1)
        }
        var json = JSONWriter()
        write(document, to: &json)
        FileHandle.standardOutput.write(Data(json.text.pretty()))
    }

    private static func fail(_ message: String, status: Int32) -> Never {
        FileHandle.standardError.write(Data((message + "\n").utf8))
        exit(status)
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
