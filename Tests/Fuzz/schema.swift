// Fuzzes JSONSchema. `scripts/fuzz schema` builds it together with these modules and libraries:
//
//     modules: MicroText MicroJSON CPCRE2 JSONSchema
//     libraries: pcre2-8
import JSONSchema
import MicroJSON

/// One run. A byte that never occurs in JSON separates a schema from a value; the whole input is used as a pattern.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzSchema(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    let parts = input.split(separator: 0xFF, maxSplits: 1, omittingEmptySubsequences: false)
    let values = values(in: Array(parts.last ?? []))
    if let text = try? JSONText(parsing: Array(parts[0])) {
        for schema in schemas(of: text) { for value in values { check(schema, value) } }
    }
    checkPattern(Array(parts[0]), on: values)
    return 0
}

/// The value that the bytes are, if they are JSON, and the unchecked bytes.
private func values(in bytes: [UInt8]) -> [(text: JSONText, isJSON: Bool)] {
    guard let text = try? JSONText(parsing: bytes) else { return [(JSONText(trusted: bytes), false)] }
    return [(text, true), (JSONText(trusted: bytes), false)]
}

/// Limits that one input can't use up for long.
private var options: SchemaOptions {
    var options = SchemaOptions()
    options.formats = .assertedIfKnown
    options.limits.maximumSteps = 20_000
    options.limits.maximumDepth = 500
    options.limits.maximumPatternSteps = 10_000
    options.limits.maximumSubschemas = 5_000
    return options
}

/// The schema by the rules of each draft that accepts it. One that its meta-schema accepts compiles without it, too.
private func schemas(of text: JSONText) -> [CompiledSchema] {
    SchemaDraft.allCases.compactMap { draft in
        var options = options
        options.draft = draft
        let compiled = try? CompiledSchema(text, options: options, registered: { _ in nil })
        let isChecked = (try? CompiledSchema(checking: text, options: options)) != nil
        precondition(!isChecked || compiled != nil, "compiles only with its meta-schema")
        return compiled
    }
}

/// A value is valid exactly if it has no errors.
private func check(_ schema: CompiledSchema, _ value: (text: JSONText, isJSON: Bool)) {
    let isValid = try? schema.isValid(value.text)
    let errors = try? schema.errors(in: value.text)
    guard value.isJSON, let isValid, let errors else { return }
    precondition(isValid == errors.isEmpty, "the verdict and the errors differ")
    for error in errors {
        guard let pointer = JSONPointer(error.instanceLocation) else { preconditionFailure("no pointer") }
        precondition(value.text.contains(pointer.tokens), "an error is at a place that doesn't exist")
        precondition(!error.detail.isEmpty, "an error says nothing")
    }
}

/// A pattern is translated or refused. What is compiled matches within its limits or gives no verdict.
private func checkPattern(_ source: [UInt8], on values: [(text: JSONText, isJSON: Bool)]) {
    guard String(validating: source, as: UTF8.self) != nil else { return }
    var writer = JSONWriter()
    writer.beginObject()
    writer.name("pattern")
    writer.string(utf8: source)
    writer.name("propertyNames")
    writer.bool(true)
    writer.name("patternProperties")
    writer.beginObject()
    writer.name(utf8: source)
    writer.bool(false)
    writer.endObject()
    writer.endObject()
    guard let schema = try? CompiledSchema(writer.text, options: options) else { return }
    for value in values { check(schema, value) }
}
