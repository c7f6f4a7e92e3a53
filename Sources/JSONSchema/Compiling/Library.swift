import MicroJSON

/// A subschema in a document.
struct Place {
    /// Where a subschema is.
    struct Key: Hashable {
        let document: Int
        /// A JSON pointer.
        let pointer: String
    }

    let key: Key
    let value: JSONValue
    /// The schema resource that it belongs to.
    let resource: Int
}

/// A schema with a URI of its own: a document, or a part of one with an `$id`.
struct Resource {
    let uri: String
    let root: Place.Key
    let dialect: Dialect
    var anchors: [String: Place.Key] = [:]
    var dynamicAnchors: [String: Place.Key] = [:]
    var isRecursive = false
}

/// The schemas that a compilation can reach: the one to compile, and those that it refers to. Nothing is ever fetched.
struct Library {
    /// Gives the text of a schema that is registered for a URI.
    private let resolver: (String) -> JSONText?
    let options: SchemaOptions
    private(set) var documents: [JSONValue] = []
    private(set) var resources: [Resource] = []
    private var byURI: [String: Int] = [:]
    private var byRoot: [Place.Key: Int] = [:]
    private var scanned: Set<Place.Key> = []
    private var bytes = 0
    /// The meta-schemas whose dialects are being found out.
    var pendingDialects: Set<String> = []

    init(options: SchemaOptions, resolver: @escaping (String) -> JSONText?) {
        self.options = options
        self.resolver = resolver
    }

    /// Adds a document, with all resources and anchors in it, and returns its root.
    mutating func add(_ text: JSONText, uri: String, draft: SchemaDraft) throws(SchemaProblem) -> Place {
        let limits = options.limits
        guard text.utf8.count <= limits.maximumBytes else {
            let detail = "The schema has \(text.utf8.count) bytes, the most are \(limits.maximumBytes)."
            throw SchemaProblem(.tooCostly, at: uri, detail)
        }
        bytes += text.utf8.count
        guard bytes <= limits.maximumBundleBytes else {
            let detail = "With the schemas it refers to, it has more than \(limits.maximumBundleBytes) bytes."
            throw SchemaProblem(.tooCostly, at: uri, detail)
        }
        let value = JSONValue(text)
        guard value.size.depth <= limits.maximumLevels else {
            let detail = "The schema has \(value.size.depth) levels, the most are \(limits.maximumLevels)."
            throw SchemaProblem(.tooCostly, at: uri, detail)
        }
        documents.append(value)
        let root = Place.Key(document: documents.count - 1, pointer: "")
        var dialect = Dialect(draft: draft)
        if case .object(let object) = value, let declared = object["$schema"]?.string {
            dialect = try self.dialect(of: declared, at: uri)
        }
        let base = addResource(Resource(uri: uri, root: root, dialect: dialect))
        try scan(value, at: root, resource: base)
        let own = byRoot[root] ?? base
        byURI[uri] = own
        return Place(key: root, value: value, resource: own)
    }

    /// Makes a resource known. The first one of a URI stays.
    private mutating func addResource(_ resource: Resource) -> Int {
        resources.append(resource)
        if byURI[resource.uri] == nil { byURI[resource.uri] = resources.count - 1 }
        byRoot[resource.root] = resources.count - 1
        return resources.count - 1
    }

    /// Finds the resources and anchors in a subschema and all subschemas in it.
    private mutating func scan(
        _ value: JSONValue, at key: Place.Key, resource outer: Int
    ) throws(SchemaProblem) {
        guard case .object(let object) = value, scanned.insert(key).inserted else { return }
        let resource = try identify(object, at: key, resource: outer)
        let dialect = resources[resource].dialect
        if dialect.draft >= .draft2019, let anchor = object["$anchor"]?.string {
            resources[resource].anchors[anchor] = key
        }
        if dialect.draft >= .draft2020, let anchor = object["$dynamicAnchor"]?.string {
            resources[resource].anchors[anchor] = key
            resources[resource].dynamicAnchors[anchor] = key
        }
        if dialect.draft == .draft2019, resources[resource].root == key, object["$recursiveAnchor"] == .true {
            resources[resource].isRecursive = true
        }
        for (part, path) in Self.subschemas(of: object) {
            try scan(part, at: Place.Key(document: key.document, pointer: key.pointer + path), resource: resource)
        }
    }

    /// The resource of a subschema: one of its own if it has an identifier, otherwise that around it.
    private mutating func identify(
        _ object: JSONObject, at key: Place.Key, resource outer: Int
    ) throws(SchemaProblem) -> Int {
        var dialect = resources[outer].dialect
        let declared = object["$schema"]?.string
        if let declared, !key.pointer.isEmpty { dialect = try self.dialect(of: declared, at: key.pointer) }
        if dialect.referenceIsAlone, object["$ref"] != nil { return outer }
        guard let id = object[dialect.identifier]?.string else { return outer }
        let reference = URIReference(id)
        var resource = outer
        if !id.hasPrefix("#") {
            let uri = reference.resolved(against: URIReference(resources[outer].uri)).plain
            resource = addResource(Resource(uri: uri, root: key, dialect: dialect))
        }
        if dialect.referenceIsAlone, let anchor = reference.decodedFragment, !anchor.isEmpty {
            resources[resource].anchors[anchor] = key
        }
        return resource
    }

    /// The subschemas in a subschema, with the pointers from it to them.
    static func subschemas(of object: JSONObject) -> [(JSONValue, String)] {
        var found: [(JSONValue, String)] = []
        for keyword in Keywords.single {
            if let value = object[keyword], case .object = value { found.append((value, "/" + keyword)) }
        }
        for keyword in Keywords.lists {
            guard case .array(let elements) = object[keyword] else { continue }
            for (index, element) in elements.enumerated() { found.append((element, "/\(keyword)/\(index)")) }
        }
        for keyword in Keywords.maps {
            guard case .object(let members) = object[keyword] else { continue }
            for member in members { found.append((member.value, "/\(keyword)/" + member.token)) }
        }
        return found
    }

    /// The resource of a URI without fragment; nil if no schema is registered for it.
    mutating func resource(_ uri: String) throws(SchemaProblem) -> Int? {
        if let known = byURI[uri] { return known }
        if let text = MetaSchemas.text(of: uri) {
            // Its own `$schema` says its draft.
            _ = try add(text, uri: uri, draft: options.draft)
        } else if let text = resolver(uri) ?? resolver(uri + "#") {
            _ = try add(text, uri: uri, draft: options.draft)
        }
        return byURI[uri]
    }

    /// The subschema that a reference in a resource leads to, and whether by a dynamic anchor of that name.
    mutating func resolve(
        _ reference: String, in resource: Int, at location: String
    ) throws(SchemaProblem) -> (place: Place, dynamicAnchor: String?) {
        let target = URIReference(reference).resolved(against: URIReference(resources[resource].uri))
        let isLocal = target.plain == resources[resource].uri
        guard let found = isLocal ? resource : try self.resource(target.plain) else {
            let detail = "'\(reference)' leads to '\(target.plain)', and no schema is registered for that URI."
            throw SchemaProblem(.unresolvableReference, at: location, detail)
        }
        guard let fragment = target.fragment == nil ? "" : target.decodedFragment else {
            throw SchemaProblem(.unresolvableReference, at: location, "The fragment of '\(reference)' is not UTF-8.")
        }
        if fragment.isEmpty || fragment.hasPrefix("/") {
            let root = resources[found].root
            if let place = try place(at: fragment, from: root, resource: found) { return (place, nil) }
            throw SchemaProblem(
                .unresolvableReference, at: location, "'\(reference)' leads to a part of the schema that doesn't exist."
            )
        }
        guard let key = resources[found].anchors[fragment],
            let place = try place(at: key.pointer, from: Place.Key(document: key.document, pointer: ""), resource: nil)
        else {
            throw SchemaProblem(
                .unresolvableReference, at: location, "'\(reference)' names an anchor that doesn't exist.")
        }
        return (place, resources[found].dynamicAnchors[fragment] == key ? fragment : nil)
    }

    /// The subschema at a place that is known.
    mutating func place(of key: Place.Key) throws(SchemaProblem) -> Place? {
        try place(at: key.pointer, from: Place.Key(document: key.document, pointer: ""), resource: nil)
    }

    /// The part at a pointer from a root, with the resource that it belongs to. A part that is behind a keyword that
    /// isn't known is scanned, because it is now used as a schema.
    private mutating func place(
        at pointer: String, from root: Place.Key, resource: Int?
    ) throws(SchemaProblem) -> Place? {
        guard let start = JSONPointer(root.pointer), let way = JSONPointer(pointer) else { return nil }
        guard var value = documents[root.document].value(at: start.tokens) else { return nil }
        var tokens = start.tokens
        var current = resource ?? byRoot[root] ?? 0
        for token in way.tokens {
            guard let next = value.value(at: [token]) else { return nil }
            value = next
            tokens.append(token)
            let key = Place.Key(document: root.document, pointer: JSONPointer(tokens: tokens).description)
            current = byRoot[key] ?? current
        }
        let key = Place.Key(document: root.document, pointer: JSONPointer(tokens: tokens).description)
        try scan(value, at: key, resource: current)
        return Place(key: key, value: value, resource: byRoot[key] ?? current)
    }

    /// The resource of a part of a place.
    func resource(at key: Place.Key, within resource: Int) -> Int { byRoot[key] ?? resource }
}
