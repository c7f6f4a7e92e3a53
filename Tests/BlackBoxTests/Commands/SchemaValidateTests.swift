import FoundationEssentials
import TestSupport
import Testing

/// `nestkv schema validate`: what it prints, and its exit codes.
@Suite(.timeLimit(.minutes(2)))
struct SchemaValidateTests {
    /// The files that the commands read.
    private static let files = [
        "schema.json": """
        {"type":"object","required":["name"],"properties":{"name":true,"age":{"minimum":0},"home":{"$ref":"urn:home"}},
        "additionalProperties":false}
        """,
        "home.json": #"{"$id":"urn:home","type":"string","format":"uri"}"#,
        "plain.json": #"{"properties":{"age":{"minimum":0},"a\nb":false}}"#,
        "broken.json": #"{"type":"strin","minimum":"1"}"#,
        "format.json": #"{"format":"colour"}"#,
        "good.json": #" { "name" : "Ada", "home": "https://a.example" } "#,
        "bad.json": #"{"age":-1,"nmae":"Bob"}"#,
        "lines.json": #"{"a\nb":1}"#,
        "text.json": "{age:1}",
    ]

    /// A command, its exit code, and what it prints and says.
    struct Call: Sendable {
        var words: String
        var code: Int32 = 0
        var prints = ""
        var says: [String] = []
    }

    private static let calls = [
        Call(words: "schema.json good.json --reference home.json"),
        Call(
            words: "schema.json good.json bad.json --reference home.json", code: 1,
            prints: """
                bad.json: /age: -1 is less than 0, the least permitted.
                bad.json: /nmae: The member 'nmae' is not permitted. Did you mean 'name'?
                bad.json: The member 'name' is missing; it is required.

                """),
        Call(
            words: "plain.json bad.json good.json --json", code: 1,
            prints: """
                {"document":"bad.json","valid":false,"errors":[{"pointer":"#/age","instanceLocation":"/age",\
                "keywordLocation":"/properties/age/minimum","keyword":"minimum",\
                "detail":"-1 is less than 0, the least permitted."}]}
                {"document":"good.json","valid":true,"errors":[]}

                """),
        Call(words: "plain.json - <good.json"),
        Call(words: "- good.json <plain.json"),
        Call(
            words: "plain.json lines.json", code: 1, prints: "lines.json: /a\\u000ab: No value is permitted here.\n"),
        Call(
            words: "plain.json text.json none.json bad.json", code: 2,
            prints: "bad.json: /age: -1 is less than 0, the least permitted.\n",
            says: ["text.json: It is not JSON: ", "line 1", "none.json can't be opened"]),
        Call(words: "schema.json good.json", code: 2, says: ["schema.json: /properties/home/$ref: ", "urn:home"]),
        Call(
            words: "broken.json good.json", code: 2,
            says: ["broken.json: /type: ", "broken.json: /minimum: ", "meta-schema"]),
        Call(words: "format.json good.json", code: 2, says: ["colour"]),
        Call(words: "format.json good.json --annotate-formats"),
        Call(words: "text.json good.json", code: 2, says: ["text.json: It is not JSON: "]),
        Call(words: "none.json good.json", code: 2, says: ["No such file"]),
        Call(words: "schema.json good.json --reference plain.json", code: 2, says: ["plain.json: ", "'$id'"]),
        Call(words: "- -", code: 2, says: ["more than once"]),
        Call(words: "schema.json", code: 2, says: ["document"]),
    ]

    @Test func `each document is judged, and the exit code says the worst`() async throws {
        let folder = try TemporaryFolder()
        for (name, text) in Self.files { try Data(text.utf8).write(to: URL(filePath: "\(folder.path)/\(name)")) }
        for call in Self.calls {
            let words = call.words.split(separator: " ").map { word in
                word.contains(".json") && !word.hasPrefix("<") ? "\(folder.path)/\(word)" : String(word)
            }
            let input = words.first { $0.hasPrefix("<") }?.dropFirst()
            let (status, output, errors) = try await ServiceProcess.run(
                ["schema", "validate"] + words.filter { !$0.hasPrefix("<") },
                redirecting: input.map { "<\(folder.path)/\($0)" } ?? "")
            #expect(status == .exit(call.code), "\(call.words): \(output)\(errors)")
            #expect(output.replacing("\(folder.path)/", with: "") == call.prints, "\(call.words): \(errors)")
            let said = errors.replacing("\(folder.path)/", with: "")
            for text in call.says { #expect(said.contains(text), "\(call.words): '\(text)' is not in: \(said)") }
            #expect(errors.isEmpty == call.says.isEmpty, "\(call.words): \(errors)")
        }
    }
}
