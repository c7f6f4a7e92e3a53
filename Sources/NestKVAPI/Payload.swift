import MicroJSON
import NestKVCore
import NestKVStorage

/// The request of `POST /_payload`: an object that maps members to paths or to nested objects of the same kind, and
/// default values for paths without a value.
///
/// `{"mapping":{"name":"/ep1/user/name","address":{"city":"/ep1/user/city"}},"defaults":{"address":{"city":null}}}`
struct Payload {
    /// The most paths in one payload.
    static let mostPaths = 1000

    private indirect enum Field {
        case path(Key, default: JSONValue?, pointer: JSONPointer)
        case object([(name: [UInt8], field: Field)])
    }

    private let root: Field
    /// The paths, each once.
    let keys: [Key]

    /// Reads the request's document.
    ///
    /// - Throws: a problem with the JSON pointer of the faulty member.
    init(_ document: JSONValue, keys: any KeyService) throws {
        guard case .object(let members) = document, let mapping = members["mapping"], mapping.kind == .object else {
            throw Self.problem(
                "The body must be an object with a member 'mapping' that is an object.", at: JSONPointer())
        }
        for member in members where !["mapping", "defaults"].contains(String(decoding: member.name, as: UTF8.self)) {
            let pointer = JSONPointer().appending(member.name)
            throw Self.problem(
                "The member \(pointer) is unknown; a payload has the members 'mapping' and 'defaults'.", at: pointer)
        }
        var reader = Reader(service: keys)
        root = try reader.field(
            mapping, defaults: members["defaults"], at: JSONPointer().appending("mapping".utf8),
            defaultsAt: JSONPointer().appending("defaults".utf8))
        self.keys = reader.keys.sorted()
    }

    /// Assembles the object.
    ///
    /// - Throws: ``StoreError`` `.notFound` with the paths that have neither a value nor a default.
    func assembled(from nodes: [Key: Node], maximumBytes: Int) throws(StoreError) -> JSONText {
        var writer = JSONWriter(reserving: nodes.values.reduce(256) { $0 + $1.storedBytes })
        var missing: [(key: Key, pointer: JSONPointer)] = []
        Self.write(root, nodes, maximumBytes, to: &writer, &missing)
        guard writer.bytes.count <= maximumBytes else {
            throw StoreError(
                .subtreeTooLarge, "The payload would have more than \(maximumBytes) bytes; request fewer paths.",
                limit: maximumBytes)
        }
        guard let first = missing.first else { return writer.text }
        let names = missing.prefix(10).map { "\($0.key) (\($0.pointer))" }.joined(separator: ", ")
        let more = missing.count > 10 ? " and \(missing.count - 10) more" : ""
        throw StoreError(
            .notFound, "Nothing is stored at or below \(names)\(more), and there is no default.",
            pointer: first.pointer.description)
    }

    /// Writes a field. Stops when the payload is already too large, because many fields may name the same path.
    private static func write(
        _ field: Field, _ nodes: [Key: Node], _ maximumBytes: Int, to writer: inout JSONWriter,
        _ missing: inout [(key: Key, pointer: JSONPointer)]
    ) {
        guard writer.bytes.count <= maximumBytes else { return }
        switch field {
        case .object(let members):
            writer.beginObject()
            for (name, field) in members {
                writer.name(utf8: name)
                write(field, nodes, maximumBytes, to: &writer, &missing)
            }
            writer.endObject()
        case .path(let key, let standard, let pointer):
            if let node = nodes[key], node.exists {
                writer.raw(node.composed())
            } else if let standard {
                standard.write(to: &writer)
            } else {
                writer.null()
                missing.append((key, pointer))
            }
        }
    }

    fileprivate static func problem(_ detail: String, at pointer: JSONPointer, limit: Int? = nil) -> Problem {
        var problem = Problem(.invalidPayload, detail)
        problem.pointer = pointer.description
        problem.limit = limit
        return problem
    }
}

extension Payload {
    /// Reads the mapping and the defaults side by side.
    private struct Reader {
        let service: any KeyService
        var keys: Set<Key> = []
        private var count = 0

        init(service: any KeyService) {
            self.service = service
        }

        mutating func field(
            _ mapping: JSONValue, defaults: JSONValue?, at pointer: JSONPointer, defaultsAt: JSONPointer
        ) throws -> Field {
            if let path = mapping.stringContent {
                return .path(try key(path, at: pointer), default: defaults, pointer: pointer)
            }
            guard case .object(let members) = mapping else {
                throw Payload.problem("\(pointer) must be a path (a string) or an object of paths.", at: pointer)
            }
            var standards = JSONObject()
            if let defaults {
                guard case .object(let object) = defaults else {
                    throw Payload.problem("\(defaultsAt) must be an object because \(pointer) is one.", at: defaultsAt)
                }
                standards = object
            }
            for standard in standards where members[name: standard.name] == nil {
                let place = defaultsAt.appending(standard.name)
                throw Payload.problem(
                    "\(place) is a default for a member that the mapping doesn't have; remove it or add the member.",
                    at: place)
            }
            var fields: [(name: [UInt8], field: Field)] = []
            for member in members {
                let field = try field(
                    member.value, defaults: standards[name: member.name], at: pointer.appending(member.name),
                    defaultsAt: defaultsAt.appending(member.name))
                fields.append((member.name, field))
            }
            return .object(fields)
        }

        private mutating func key(_ path: [UInt8], at pointer: JSONPointer) throws -> Key {
            count += 1
            guard count <= Payload.mostPaths else {
                throw Payload.problem(
                    "The mapping has more than \(Payload.mostPaths) paths; split it into several requests.",
                    at: pointer,
                    limit: Payload.mostPaths)
            }
            let text = String(decoding: path, as: UTF8.self)
            let marks = [UInt8(ascii: "?"), UInt8(ascii: "#")]
            guard path.first == UInt8(ascii: "/"), !path.contains(where: marks.contains) else {
                throw Payload.problem(
                    "\(pointer) is '\(text)'; it must be a path as in a URL, '/{entryPoint}/{segment}/…', without a "
                        + "query. Write '?' as '%3F' and '#' as '%23'.", at: pointer)
            }
            do throws(KeyError) {
                let key = try service.key(path: path[...])
                guard !key.isInternal else {
                    throw KeyError(.invalid, "Names that begin with '_' are reserved for the service.")
                }
                keys.insert(key)
                return key
            } catch {
                guard error.kind == .unknownEntryPoint else {
                    throw Payload.problem("\(pointer) is '\(text)': \(error.message)", at: pointer, limit: error.limit)
                }
                throw StoreError(.unknownEntryPoint, error.message, pointer: pointer.description)
            }
        }
    }
}
