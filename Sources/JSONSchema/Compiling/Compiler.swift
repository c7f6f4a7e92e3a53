import MicroJSON

/// Makes a program of a schema and the schemas that it refers to.
struct Compiler {
    var library: Library
    var draft = Program.Draft()
    /// The nodes that were asked for, by their places.
    private var nodes: [Place.Key: Int32] = [:]
    /// The nodes that are still to be filled.
    private var pending: [(node: Int32, place: Place)] = []
    /// For each node, those that it applies to the same value.
    var inPlace: [[Int32]] = []
    var patterns: [String: Int32] = [:]
    /// The dynamic anchors that references name, and a name of its own for `$recursiveAnchor`.
    private var anchors: [String] = []
    static let recursiveAnchor = ""

    /// The compiled form of a schema's text.
    ///
    /// - Parameter uri: The URI that relative references and those of other schemas start from.
    static func compile(
        _ text: JSONText, uri: String, options: SchemaOptions, resolver: @escaping (String) -> JSONText?
    ) throws(SchemaProblem) -> Program {
        var compiler = Compiler(library: Library(options: options, resolver: resolver))
        let root = try compiler.library.add(text, uri: uri, draft: options.draft)
        compiler.draft.root = try compiler.node(root)
        repeat {
            while let next = compiler.pending.popLast() { try compiler.fill(next.node, next.place) }
            try compiler.addAnchors()
        } while !compiler.pending.isEmpty
        compiler.finishAnchors()
        try compiler.refuseCycles()
        return Program(compiler.draft)
    }

    private init(library: Library) {
        self.library = library
    }

    /// The node of a subschema.
    mutating func node(_ place: Place) throws(SchemaProblem) -> Int32 {
        if let known = nodes[place.key] { return known }
        let node = Int32(draft.nodes.count)
        guard draft.nodes.count < library.options.limits.maximumSubschemas else {
            let limit = library.options.limits.maximumSubschemas
            throw SchemaProblem(.tooCostly, at: "", "The schema has more than \(limit) subschemas.")
        }
        nodes[place.key] = node
        draft.nodes.append(Node(index: node))
        let uri = place.key.document == 0 ? "" : library.uri(of: place.key.document) + "#"
        draft.locations.append(uri + place.key.pointer)
        inPlace.append([])
        pending.append((node, place))
        return node
    }

    /// Why a subschema can't be compiled.
    func problem(_ place: Place, _ keyword: String, _ detail: String) -> SchemaProblem {
        let uri = place.key.document == 0 ? "" : library.uri(of: place.key.document) + "#"
        return SchemaProblem(.invalidSchema, at: "\(uri)\(place.key.pointer)/\(keyword)", detail)
    }

    private mutating func fill(_ index: Int32, _ place: Place) throws(SchemaProblem) {
        var node = Node(index: index, resource: Int32(place.resource))
        switch place.value {
        case .object(let object):
            var subschema = Subschema(place, object, library.resources[place.resource].dialect, node: index)
            try compile(&subschema)
            node.types = subschema.types
            node.any = append(subschema.any)
            node.numbers = append(subschema.numbers)
            node.strings = append(subschema.strings)
            node.object = subschema.object
            node.array = subschema.array
        case .scalar(.true): break
        case .scalar(.false):
            node.types = []
            node.isFalse = true
        default:
            throw SchemaProblem(
                .invalidSchema, at: draft.locations[Int(index)], "A schema must be an object, true or false.")
        }
        draft.nodes[Int(index)] = node
    }

    private mutating func append(_ instructions: [Instruction]) -> Span32 {
        let start = draft.instructions.count
        draft.instructions.append(contentsOf: instructions)
        return Span32(start: Int32(start), count: Int32(instructions.count))
    }

    /// The number of a dynamic anchor that a reference names.
    mutating func anchor(_ name: String) -> Int32 {
        if let known = anchors.firstIndex(of: name) { return Int32(known) }
        anchors.append(name)
        return Int32(anchors.count - 1)
    }

    /// Asks for the nodes of all places that dynamic references can lead to.
    private mutating func addAnchors() throws(SchemaProblem) {
        for name in anchors {
            for resource in library.resources.indices {
                guard let key = library.dynamicAnchor(name, of: resource), nodes[key] == nil,
                    let place = try library.place(of: key)
                else { continue }
                _ = try node(place)
            }
        }
    }

    /// Writes the table of dynamic anchors. A reference with a single target becomes a plain one.
    private mutating func finishAnchors() {
        draft.resourceCount = library.resources.count
        var targets: [[Int32]] = []
        for name in anchors {
            let row = library.resources.indices.map { library.dynamicAnchor(name, of: $0).flatMap { nodes[$0] } ?? -1 }
            draft.anchors.append(contentsOf: row)
            targets.append(row.filter { $0 >= 0 })
        }
        for index in draft.instructions.indices where draft.instructions[index].operation == .dynamicReference {
            let instruction = draft.instructions[index]
            if Set(targets[Int(instruction.a)]).count <= 1 {
                draft.instructions[index] = Instruction(operation: .reference, a: instruction.b)
            } else {
                draft.isDynamic = true
            }
        }
    }

    /// Refuses a schema that applies a subschema to a value again while it is being applied to that value.
    private func refuseCycles() throws(SchemaProblem) {
        // 0: not seen, 1: on the way, 2: done.
        var states = [UInt8](repeating: 0, count: inPlace.count)
        for start in inPlace.indices where states[start] == 0 {
            var way: [(node: Int, next: Int)] = [(start, 0)]
            states[start] = 1
            while let (node, next) = way.last {
                guard next < inPlace[node].count else {
                    states[node] = 2
                    way.removeLast()
                    continue
                }
                way[way.count - 1].next += 1
                let target = Int(inPlace[node][next])
                if states[target] == 1 {
                    let detail = "The subschema applies itself to the same value again, without end."
                    throw SchemaProblem(.tooCostly, at: draft.locations[target], detail)
                }
                if states[target] == 0 {
                    states[target] = 1
                    way.append((target, 0))
                }
            }
        }
    }
}

extension Library {
    /// Where a resource has a dynamic anchor.
    func dynamicAnchor(_ name: String, of resource: Int) -> Place.Key? {
        if name == Compiler.recursiveAnchor { return resources[resource].isRecursive ? resources[resource].root : nil }
        return resources[resource].dynamicAnchors[name]
    }

    /// The URI of a document.
    func uri(of document: Int) -> String {
        resources.first { $0.root.document == document }?.uri ?? ""
    }
}
