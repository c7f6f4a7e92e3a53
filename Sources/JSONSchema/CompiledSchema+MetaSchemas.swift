import MicroJSON

extension CompiledSchema {
    /// The meta-schemas of the drafts, compiled when they are first needed.
    private static let metaSchemas: [SchemaDraft: CompiledSchema] = {
        var schemas: [SchemaDraft: CompiledSchema] = [:]
        for draft in SchemaDraft.allCases {
            guard let text = MetaSchemas.text(of: draft.uri) else { continue }
            schemas[draft] = try? CompiledSchema(text, uri: draft.uri, options: metaOptions)
        }
        return schemas
    }()

    /// Meta-schemas assert formats that are known.
    private static var metaOptions: SchemaOptions {
        var options = SchemaOptions()
        options.formats = .assertedIfKnown
        options.limits.maximumSteps = 20_000_000
        return options
    }

    /// Checks a schema against its meta-schema.
    static func check(
        _ text: JSONText, options: SchemaOptions, registered: @escaping (String) -> JSONText?
    ) throws(SchemaProblem) {
        guard text.utf8.count <= options.limits.maximumBytes else {
            let detail = "The schema has \(text.utf8.count) bytes, the most are \(options.limits.maximumBytes)."
            throw SchemaProblem(.tooCostly, at: "", detail)
        }
        let schema = try metaSchema(of: text, options: options, registered: registered)
        let violations: [SchemaViolation]
        do throws(BudgetExceeded) {
            violations = try schema.errors(in: text)
        } catch {
            throw SchemaProblem(
                .tooCostly, at: "", "The schema can't be checked against its meta-schema. \(error.detail)")
        }
        guard let first = violations.first else { return }
        throw SchemaProblem(
            .invalidSchema, at: first.instanceLocation,
            "The schema breaks the rules of its meta-schema: \(first.detail)", violations: violations)
    }

    private static func metaSchema(
        of text: JSONText, options: SchemaOptions, registered: @escaping (String) -> JSONText?
    ) throws(SchemaProblem) -> CompiledSchema {
        let declared = text.slice(at: [Array("$schema".utf8)])?.stringContent.map {
            String(decoding: $0, as: UTF8.self)
        }
        let draft = declared.map(SchemaDraft.init(uri:)) ?? options.draft
        if let draft, let schema = metaSchemas[draft] { return schema }
        let uri = URIReference(declared ?? "").plain
        guard let own = MetaSchemas.text(of: uri) ?? registered(uri) else {
            let detail = "'$schema' is '\(declared ?? "")', and no schema is registered for that URI."
            throw SchemaProblem(.unresolvableReference, at: "/$schema", detail)
        }
        return try CompiledSchema(own, uri: uri, options: metaOptions, registered: registered)
    }
}
