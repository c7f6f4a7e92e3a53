import MicroHTTP
import MicroJSON
import NestKVCore
import NestKVStorage

/// One line of the route table: a method, a path and their handler. A class for the same reason as ``API``.
public final class Route: Sendable {
    /// The path of every value in the tree, as `openapi/openapi.yaml` writes it.
    public static let tree = "/{entryPoint}/{path}"

    /// The method.
    public let method: HTTPMethod
    /// The path as `openapi/openapi.yaml` writes it: one of the service's own, or ``tree``.
    public let path: String
    /// What its caller must be allowed to do.
    let need: Need
    /// The accepted query parameters; any other one is refused.
    public let parameters: [String]
    /// The parameters that may be given several times.
    public let repeatable: [String]
    /// Whether each reading checks the names of its own parameters.
    let hasReadings: Bool
    /// Whether all requests of this route may compute for long.
    let isDear: Bool
    let handle: @Sendable (Call) async throws -> Response
    /// Answers without waiting, or returns nil; then nothing was done, and ``handle`` answers.
    let respondAtOnce: (@Sendable (Call) throws -> Response?)?

    init(
        _ method: HTTPMethod, _ path: String, needs need: Need, parameters: [String] = [], repeatable: [String] = [],
        isDear: Bool = false, respondAtOnce: (@Sendable (Call) throws -> Response?)? = nil,
        handle: @escaping @Sendable (Call) async throws -> Response
    ) {
        self.method = method
        self.path = path
        self.need = need
        self.parameters = parameters
        self.repeatable = repeatable
        self.isDear = isDear
        hasReadings = false
        self.handle = handle
        self.respondAtOnce = respondAtOnce
    }

    /// A route whose requests each make one write.
    ///
    /// - Parameter write: reads the request.
    convenience init(
        _ method: HTTPMethod, _ path: String, parameters: [String],
        writes write: @escaping @Sendable (Call) throws -> WriteRequest
    ) {
        self.init(
            method, path, needs: .write, parameters: parameters,
            respondAtOnce: { try $0.mayWriteAtOnce ? $0.carryOutAtOnce(write($0)) : nil },
            handle: { try await $0.carryOut(write($0)) })
    }

    /// A route with several ways to answer.
    ///
    /// - Parameters:
    ///   - common: the parameters that all readings take.
    ///   - respondAtOnce: answers without waiting and without a look at the readings, or returns nil.
    init(
        _ method: HTTPMethod, _ path: String, needs need: Need, readings: [Reading], repeatable: [String],
        common: [String] = [], respondAtOnce: (@Sendable (Call) throws -> Response?)? = nil
    ) {
        self.method = method
        self.path = path
        self.need = need
        self.repeatable = repeatable
        let all = readings.flatMap(\.parameters)
        parameters = all.enumerated().filter { !repeatable.contains($1) && !all[..<$0].contains($1) }.map(\.element)
        isDear = false
        hasReadings = true
        handle = { try await Reading.answer($0, by: readings, common: common) }
        self.respondAtOnce = respondAtOnce
    }

    /// What the caller of a route must be allowed to do.
    enum Need {
        /// Nothing.
        case open
        /// To read values, or what the service says of them.
        case read
        /// To change values.
        case write
        /// To change settings of the service or its entry points, and to make backups.
        case admin
    }

    /// The value of the `Allow` header for a path's routes.
    static func allow(_ routes: [Route]) -> String {
        var methods: [String] = []
        for route in routes {
            methods.append(route.method.rawValue)
            if route.method == .get { methods.append("HEAD") }
        }
        methods.append("OPTIONS")
        var seen: Set<String> = []
        return methods.filter { seen.insert($0).inserted }.joined(separator: ", ")
    }
}

/// One request being handled by an endpoint, with the objects that it needs.
struct Call: Sendable {
    let api: API
    let request: Request
    /// Who sends the request.
    let caller: Caller
    /// The path's key; the service's own paths have one that begins with `_`.
    let key: Key
    /// The query parameters, checked against the route's.
    let query: Query
    /// `?pretty`.
    let isPretty: Bool
    /// `?schema`.
    let shape: Shape

    init(_ api: API, _ request: Request, _ caller: Caller, _ key: Key, _ route: Route) throws {
        self.api = api
        self.caller = caller
        self.request = request
        self.key = key
        query =
            try request.query.map { raw throws(Problem) in
                try Query(raw, known: route.hasReadings ? nil : route.parameters, repeatable: route.repeatable)
            } ?? .none
        isPretty = try query.flag("pretty")
        shape = try query.text("schema").map { try api.schemas.shape($0) } ?? .bound
    }

    /// The store as the caller sees it. Every value that the client names is reached through it.
    var store: any Store { api.store(for: caller, shape) }

    /// The whole store, for its operation.
    var administration: any StoreAdministration { api.store }

    /// The store for what the service keeps there of its own, whoever calls: below `_nestkv`.
    var ownStore: any Store { api.store }

    /// The view of its path that the request asks for.
    func view() throws(Problem) -> View {
        try query.flag("leaf") ? .leaf : .tree
    }

    /// The request's body as one JSON value.
    ///
    /// - Parameters:
    ///   - maximumBytes: the body's limit; nil for the limit on a value.
    ///   - levelsAround: the nesting level of the values in the body.
    func jsonBody(maximumBytes: Int? = nil, levelsAround: Int = 0) throws -> JSONText {
        if let coding = request.header(.contentEncoding), coding.lowercased() != "identity" {
            throw Problem(
                .unsupportedMediaType, "The content coding '\(coding)' is not supported; send the body uncompressed.")
        }
        let limits = store.limits
        do throws(JSONSyntaxError) {
            return try JSONText(
                parsing: request.body,
                limits: JSONLimits(
                    maximumBytes: maximumBytes ?? limits.valueBytes, maximumDepth: limits.valueDepth + levelsAround))
        } catch {
            throw Problem(error)
        }
    }
}
