import MicroJSON
import MicroText
import NestKVCore
import NestKVStorage

/// Where a client states something: in the header fields of a request, or in the members of an object of JSON.
protocol Statements {
    /// Whether text that is not valid UTF-8 was read with U+FFFD in the place of what is wrong.
    static var repairsText: Bool { get }

    /// What a statement means; nil if it isn't made.
    func read<Value>(_ statement: Statement, _ grammar: @autoclosure () -> Grammar<Value>) throws(Problem) -> Value?

    /// The problem with a statement.
    ///
    /// - Parameter words: what follows its name.
    func problem(with statement: Statement, _ words: String) -> Problem
}

/// What a client states about a write, read the same way from both sources: a request (``Call``), and an object of JSON
/// (``OperationMembers``). Messages name what the client used.
protocol OperationInput: Statements, OperationArguments {
    var api: API { get }

    /// The view of the path.
    func view() throws(Problem) -> View

    /// The conditions on the path's state.
    func precondition() throws(Problem) -> Precondition

    /// The tags; nil if none are stated.
    func tags() throws(Problem) -> [String]?

    /// The lifetime; nil if none is stated.
    func lifetime() throws(Problem) -> Duration?

    /// The problem that an operation needs a lifetime and none is stated.
    func missingLifetime(_ operation: String) -> Problem
}

/// Something that a client can state about a write.
enum Statement {
    case ifMatch, ifNoneMatch, ifVersion
    case modifiedBy, comment, tags, schema
    case lifetime

    /// The most bytes of one text.
    static let textLimit = 1024
    /// The most tags of a leaf.
    static let tagLimit = 64

    /// Its header field.
    var header: HeaderName {
        switch self {
        case .ifMatch: .ifMatch
        case .ifNoneMatch: .ifNoneMatch
        case .ifVersion: .ifVersion
        case .modifiedBy: .modifiedBy
        case .comment: .comment
        case .tags: .tags
        case .schema: .schema
        case .lifetime: .lifetime
        }
    }

    /// Its member in an operation of a batch or transaction.
    var member: String {
        switch self {
        case .ifMatch: "ifMatch"
        case .ifNoneMatch: "ifNoneMatch"
        case .ifVersion: "ifVersion"
        case .modifiedBy: "modifiedBy"
        case .comment: "comment"
        case .tags: "tags"
        case .schema: "schema"
        case .lifetime: "ttl"
        }
    }

    /// The kinds of JSON value that the member may have; with `null`, one that is null counts as not stated.
    var kinds: [JSONKind] {
        switch self {
        case .ifMatch, .ifNoneMatch, .modifiedBy, .comment, .schema: [.string, .null]
        case .ifVersion: [.number]
        case .lifetime: [.string, .number]
        case .tags: [.array]
        }
    }
}

extension Statements {
    /// The conditions that both sources have.
    func statedPrecondition() throws(Problem) -> Precondition {
        var condition = Precondition()
        condition.ifMatch = try read(.ifMatch, .entityTags)
        condition.ifNoneMatch = try read(.ifNoneMatch, .entityTags)
        condition.ifVersion = try read(.ifVersion, .version)
        return condition
    }

    fileprivate func text(_ statement: Statement) throws(Problem) -> String? {
        guard let text = try read(statement, .string), !text.isEmpty else { return nil }
        // Storing the text would silently change it.
        guard !Self.repairsText || !text.unicodeScalars.contains("\u{FFFD}") else {
            throw problem(with: statement, "is not valid UTF-8.")
        }
        guard text.utf8.count <= Statement.textLimit else {
            throw problem(with: statement, "has \(text.utf8.count) bytes; the limit is \(Statement.textLimit).")
        }
        return text
    }
}

extension OperationInput {
    /// Everything that is stated about the write besides its operation.
    ///
    /// - Parameter view: the view of the path; nil for the one that is stated.
    func writeOptions(_ view: View? = nil) throws(Problem) -> WriteOptions {
        let lifetime = try lifetime()
        let view = if let view { view } else { try self.view() }
        let tags = try tags()
        let attribution = Attribution(
            modifiedBy: try text(.modifiedBy), comment: try text(.comment), tags: tags ?? [],
            schemaHash: try schema())
        return WriteOptions(
            view: view, precondition: try precondition(), attribution: attribution,
            hasTags: tags != nil, lifetime: lifetime)
    }

    /// The hash of the schema that is stated; nil if none is.
    private func schema() throws(Problem) -> String? {
        guard let text = try text(.schema) else { return nil }
        do { return try api.schemas.hash(of: text) } catch { throw Problem(error) }
    }

    /// Reads an operation that is asked for by its name.
    ///
    /// - Throws: also if it needs a lifetime and none is stated.
    func operation(_ type: any NamedOperation.Type, _ options: WriteOptions) throws -> any WriteOperation {
        if type.traits.contains(.needsLifetime), options.lifetime == nil { throw missingLifetime(type.name) }
        return try type.init(self)
    }
}

extension Operations {
    /// The operation with a name.
    static func named(_ name: String, _ code: Problem.Code) throws(Problem) -> any NamedOperation.Type {
        guard let operation = named.first(where: { $0.name == name }) else {
            let known = named.map { $0.name }.joined(separator: ", ")
            throw Problem(code, "There is no operation '\(name)'. Known operations: \(known).")
        }
        return operation
    }
}
