import MicroJSON

/// A subschema while it is compiled.
struct Subschema {
    let place: Place
    let keywords: JSONObject
    let dialect: Dialect
    /// The index of its node.
    let node: Int32
    var types = TypeSet.all
    var any: [Instruction] = []
    var numbers: [Instruction] = []
    var strings: [Instruction] = []
    var object: Int32 = -1
    var array: Int32 = -1

    init(_ place: Place, _ keywords: JSONObject, _ dialect: Dialect, node: Int32) {
        self.place = place
        self.keywords = keywords
        self.dialect = dialect
        self.node = node
    }

    var draft: SchemaDraft { dialect.draft }

    /// The value of a keyword that asserts something; nil if the subschema or its dialect doesn't have it.
    func assertion(_ keyword: String, from first: SchemaDraft = .draft4) -> JSONValue? {
        dialect.hasAssertions && draft >= first ? keywords[keyword] : nil
    }

    /// The value of a keyword that applies subschemas; nil if the subschema or its dialect doesn't have it.
    func applicator(_ keyword: String, from first: SchemaDraft = .draft4) -> JSONValue? {
        dialect.hasApplicators && draft >= first ? keywords[keyword] : nil
    }
}

extension Compiler {
    /// Compiles all keywords of a subschema.
    mutating func compile(_ subschema: inout Subschema) throws(SchemaProblem) {
        if subschema.dialect.referenceIsAlone, subschema.keywords["$ref"] != nil {
            return try compileReferences(&subschema)
        }
        try compileTypes(&subschema)
        try compileConstants(&subschema)
        try compileNumbers(&subschema)
        try compileStrings(&subschema)
        try compileObject(&subschema)
        try compileArray(&subschema)
        try compileReferences(&subschema)
        try compileLogic(&subschema)
    }

    private func compileTypes(_ subschema: inout Subschema) throws(SchemaProblem) {
        guard let value = subschema.assertion("type") else { return }
        let names: [JSONValue]
        if case .array(let elements) = value { names = Array(elements) } else { names = [value] }
        subschema.types = []
        for name in names {
            guard let name = name.string, let named = TypeSet.named.first(where: { $0.name == name }) else {
                let known = TypeSet.named.map { "'\($0.name)'" }.joined(separator: ", ")
                throw problem(subschema.place, "type", "A type must be one of \(known).")
            }
            let isSpelled = named.types == .integer && subschema.draft == .draft4
            subschema.types.formUnion(isSpelled ? .spelledInteger : named.types)
        }
    }

    private mutating func compileReferences(_ subschema: inout Subschema) throws(SchemaProblem) {
        if let value = subschema.keywords["$ref"] {
            let target = try resolve(value, "$ref", subschema)
            subschema.any.append(Instruction(operation: .reference, a: try inPlaceNode(target.place, &subschema)))
        }
        if subschema.draft == .draft2020, let value = subschema.keywords["$dynamicRef"] {
            let target = try resolve(value, "$dynamicRef", subschema)
            try append(target.place, anchor: target.dynamicAnchor, to: &subschema)
        }
        if subschema.draft == .draft2019, let value = subschema.keywords["$recursiveRef"] {
            let target = try resolve(value, "$recursiveRef", subschema)
            let isRecursive = library.resources[target.place.resource].isRecursive
            try append(target.place, anchor: isRecursive ? Self.recursiveAnchor : nil, to: &subschema)
        }
    }

    private mutating func append(
        _ target: Place, anchor name: String?, to subschema: inout Subschema
    ) throws(SchemaProblem) {
        guard let name else {
            return subschema.any.append(Instruction(operation: .reference, a: try inPlaceNode(target, &subschema)))
        }
        subschema.any.append(Instruction(operation: .dynamicReference, a: anchor(name), b: try node(target)))
    }

    private mutating func resolve(
        _ value: JSONValue, _ keyword: String, _ subschema: Subschema
    ) throws(SchemaProblem) -> (place: Place, dynamicAnchor: String?) {
        guard let reference = value.string else {
            throw problem(subschema.place, keyword, "'\(keyword)' must be a string with a URI.")
        }
        let location = draft.locations[Int(subschema.node)] + "/" + keyword
        return try library.resolve(reference, in: subschema.place.resource, at: location)
    }

    /// The node of a subschema that is applied to the same value.
    mutating func inPlaceNode(_ place: Place, _ subschema: inout Subschema) throws(SchemaProblem) -> Int32 {
        let node = try node(place)
        inPlace[Int(subschema.node)].append(node)
        return node
    }

    /// The node of a part of a subschema.
    mutating func child(
        _ value: JSONValue, _ path: String, of subschema: Subschema
    ) throws(SchemaProblem) -> Int32 {
        let key = Place.Key(
            document: subschema.place.key.document, pointer: subschema.place.key.pointer + "/" + path)
        let resource = library.resource(at: key, within: subschema.place.resource)
        return try node(Place(key: key, value: value, resource: resource))
    }

    /// The node of a part of a subschema that is applied to the same value.
    mutating func inPlaceChild(
        _ value: JSONValue, _ path: String, of subschema: inout Subschema
    ) throws(SchemaProblem) -> Int32 {
        let node = try child(value, path, of: subschema)
        inPlace[Int(subschema.node)].append(node)
        return node
    }

    /// Adds a list of nodes.
    mutating func list(_ nodes: [Int32]) -> Span32 {
        let start = draft.lists.count
        draft.lists.append(contentsOf: nodes)
        return Span32(start: Int32(start), count: Int32(nodes.count))
    }

    /// Adds bytes.
    mutating func bytes(_ bytes: [UInt8]) -> Span32 {
        let start = draft.bytes.count
        draft.bytes.append(contentsOf: bytes)
        return Span32(start: Int32(start), count: Int32(bytes.count))
    }
}
