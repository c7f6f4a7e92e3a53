import Foundation
import JSONSchema
import MicroJSON

/// The official test suite of JSON Schema, as PyPI's source package `jsonschema` holds it.
struct OfficialSuite: Sendable {
    /// The folder with `tests` and `remotes`.
    let folder: URL
    /// The schemas that tests refer to, by their URIs.
    private let remotes: [String: JSONText]

    /// The folder of a draft in `tests` and `remotes`.
    static func folder(of draft: SchemaDraft) -> String {
        switch draft {
        case .draft4: "draft4"
        case .draft6: "draft6"
        case .draft7: "draft7"
        case .draft2019: "draft2019-09"
        case .draft2020: "draft2020-12"
        }
    }

    /// A group of tests of one schema.
    struct Group {
        /// The file, from the folder of the draft on.
        let file: String
        let description: String
        let schema: JSONText
        let tests: [(description: String, data: JSONText, isValid: Bool)]
    }

    init(folder: URL) throws {
        self.folder = folder
        let root = folder.appending(path: "remotes")
        var remotes: [String: JSONText] = [:]
        for path in try FileManager.default.subpathsOfDirectory(atPath: root.path) where path.hasSuffix(".json") {
            let data = try Data(contentsOf: root.appending(path: path))
            remotes["http://localhost:1234/" + path] = try JSONText(parsing: Array(data))
        }
        self.remotes = remotes
    }

    /// The schema that the suite registers for a URI.
    func registered(_ uri: String) -> JSONText? { remotes[uri] }

    /// The groups of a draft below one of its folders, without those in folders inside of it.
    func groups(of draft: SchemaDraft, in subfolder: String) throws -> [Group] {
        let root = folder.appending(path: "tests/\(Self.folder(of: draft))/\(subfolder)")
        let names = try FileManager.default.contentsOfDirectory(atPath: root.path).sorted()
        return try names.filter { $0.hasSuffix(".json") }.flatMap { name -> [Group] in
            let text = try JSONText(parsing: Array(Data(contentsOf: root.appending(path: name))))
            return try text.elements.map { element in
                try Group(file: subfolder + name, JSONText(trusted: Array(element)))
            }
        }
    }

    /// What goes wrong in a group, as one line for each test.
    func failures(of group: Group, draft: SchemaDraft, formats: SchemaOptions.Formats) -> [String] {
        var options = SchemaOptions()
        options.draft = draft
        options.formats = formats
        let name = "\(Self.folder(of: draft))/\(group.file): \(group.description)"
        let schema: CompiledSchema
        do {
            schema = try CompiledSchema(checking: group.schema, options: options, registered: registered)
        } catch {
            return group.tests.map { "\(name): \($0.description): \(error.code) \(error.location) \(error.detail)" }
        }
        return group.tests.compactMap { test in
            do {
                let isValid = try schema.isValid(test.data)
                let errors = try schema.errors(in: test.data)
                guard isValid == test.isValid else {
                    return "\(name): \(test.description): valid: \(isValid) \(errors.map(\.detail))"
                }
                return isValid == errors.isEmpty ? nil : "\(name): \(test.description): no error tells why"
            } catch {
                return "\(name): \(test.description): \(error)"
            }
        }
    }
}

extension OfficialSuite.Group {
    /// A group as it is written in the suite.
    init(file: String, _ text: JSONText) throws {
        func part(_ name: String, of text: JSONText) throws -> JSONText {
            guard let part = text.slice(at: [Array(name.utf8)]) else { throw CocoaError(.coderValueNotFound) }
            return part
        }
        func string(_ text: JSONText) -> String { String(decoding: text.stringContent ?? [], as: UTF8.self) }
        self.file = file
        description = string(try part("description", of: text))
        schema = try part("schema", of: text)
        tests = try part("tests", of: text).elements.map { element in
            let test = JSONText(trusted: Array(element))
            return (
                string(try part("description", of: test)), try part("data", of: test),
                try part("valid", of: test) == .true
            )
        }
    }
}
