import MicroJSON

extension CompiledSchema {
    /// A schema with the schemas that it refers to as its definitions, so that it needs no other one (2020-12 core
    /// §9.3). Without such references, it is the schema itself. All references in it are checked.
    ///
    /// - Parameter registered: Gives the text of the schema with a URI; nil if no schema has it. Such a text needs no
    ///   other schema.
    public static func bundle(
        _ text: JSONText, options: SchemaOptions = SchemaOptions(), registered: @escaping (String) -> JSONText?
    ) throws(SchemaProblem) -> JSONText {
        let used = UsedSchemas(registered)
        var library = Library(options: options, resolver: used.text)
        let root = try library.add(text, uri: "", draft: options.draft)
        try library.resolveReferences(from: root)
        guard !used.all.isEmpty, case .object(let object) = root.value else { return text }
        let draft = library.resources[root.resource].dialect.draft
        let bundle = object.defining(used.all, draft: draft, standard: options.draft).text
        try check(bundle: bundle, options)
        return bundle
    }

    /// Refuses a bundle that needs another schema, or two different ones with one URI.
    private static func check(bundle: JSONText, _ options: SchemaOptions) throws(SchemaProblem) {
        var library = Library(options: options.forBundles) { _ in nil }
        let root = try library.add(bundle, uri: "", draft: options.draft)
        try library.resolveReferences(from: root)
        var values: [String: JSONValue] = [:]
        for resource in library.resources {
            guard let value = try library.place(of: resource.root)?.value else { continue }
            guard let other = values.updateValue(value, forKey: resource.uri), other != value else { continue }
            throw SchemaProblem(
                .unresolvableReference, at: resource.root.pointer,
                "The schema needs two different schemas with the URI '\(resource.uri)'; refer to one version of it.")
        }
    }
}

extension SchemaOptions {
    /// The options for a schema with the schemas that it refers to.
    public var forBundles: SchemaOptions {
        var options = self
        options.limits.maximumBytes = limits.maximumBundleBytes
        return options
    }
}

/// The registered schemas that a compilation asked for.
private final class UsedSchemas {
    private let registered: (String) -> JSONText?
    private(set) var all: [(uri: String, text: JSONText)] = []

    init(_ registered: @escaping (String) -> JSONText?) {
        self.registered = registered
    }

    func text(_ uri: String) -> JSONText? {
        guard let text = registered(uri) else { return nil }
        all.append((uri, text))
        return text
    }
}

extension Library {
    /// Resolves all references in the document of a place.
    fileprivate mutating func resolveReferences(from root: Place) throws(SchemaProblem) {
        var seen: Set<Place.Key> = [root.key]
        var pending = [root]
        while let place = pending.popLast() {
            guard case .object(let object) = place.value else { continue }
            for keyword in ["$ref", "$dynamicRef"] {
                guard let reference = object[keyword]?.string else { continue }
                let target = try resolve(reference, in: place.resource, at: "\(place.key.pointer)/\(keyword)").place
                if target.key.document == root.key.document, seen.insert(target.key).inserted { pending.append(target) }
            }
            for (value, path) in Self.subschemas(of: object) {
                let key = Place.Key(document: place.key.document, pointer: place.key.pointer + path)
                guard seen.insert(key).inserted else { continue }
                pending.append(Place(key: key, value: value, resource: resource(at: key, within: place.resource)))
            }
        }
    }
}

extension JSONObject {
    /// This schema with other schemas in its definitions.
    ///
    /// - Parameters:
    ///   - draft: The draft of this schema.
    ///   - standard: The draft of a schema without `$schema`.
    fileprivate func defining(
        _ schemas: [(uri: String, text: JSONText)], draft: SchemaDraft, standard: SchemaDraft
    ) -> JSONValue {
        let keyword = draft >= .draft2019 ? "$defs" : "definitions"
        var definitions = JSONObject()
        if case .object(let own)? = self[keyword] { definitions = own }
        for (uri, text) in schemas {
            var name = Array(uri.utf8)
            while definitions[name: name] != nil { name.append(UInt8(ascii: "'")) }
            definitions[name: name] = .object(JSONObject(text, identifiedBy: uri, standard: standard))
        }
        var bundle = self
        bundle[name: Array(keyword.utf8)] = .object(definitions)
        return .object(bundle)
    }

    /// A schema that has a URI, and its draft, wherever it is.
    private init(_ text: JSONText, identifiedBy uri: String, standard: SchemaDraft) {
        let value = JSONValue(text)
        if case .object(let own) = value {
            self = own
        } else {
            // A schema that is true or false can't have a URI.
            self.init()
            self[name: Array("allOf".utf8)] = .array(JSONArray([value]))
        }
        let draft = self["$schema"]?.string.flatMap(SchemaDraft.init(uri:)) ?? standard
        if self["$schema"] == nil { self[name: Array("$schema".utf8)] = .string(draft.uri) }
        self[name: Array(Dialect(draft: draft).identifier.utf8)] = .string(uri)
    }
}
