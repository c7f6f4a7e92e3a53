import MicroHTTP
import MicroJSON
import NestKVCore
import NestKVStorage

/// The HTTP interface over a store. It finds the route of a request and turns errors into problems.
///
/// The table below is the whole interface; a test compares `openapi/openapi.yaml` with it. This is a class so that a
/// request carries one reference instead of one to each part.
public final class API: Sendable {
    /// An endpoint is a file in `Endpoints/` and a line here.
    public static let routes: [Route] = [
        .getValue, .headValue, .putValue, .patchValue, .deleteValue, .postValue,
        .events, .batch, .transaction, .payload,
        .listEntryPoints, .getEntryPoint, .putEntryPoint, .deleteEntryPoint, .postEntryPoint, .entryPointHealth,
        .makeBackup, .listBackups,
        .service, .liveness, .readiness, .metrics, .capabilities, .openAPIJSON, .openAPIYAML,
    ]

    let store: any Store
    let keys: any KeyService
    let service: ServiceDescription
    let cors: CORSPolicy
    let live: Live
    let entryPoints: EntryPointCatalog
    let compute: ComputePool
    var operationsLimit: Int { service.operationsLimit }
    var batchBytes: Int { service.batchBytes }
    private let ownRoutes: [String: [Route]]
    /// The service's own paths that contain a parameter like `{name}`; that segment is empty here.
    private let templates: [(segments: [[UInt8]], routes: [Route])]
    private let treeRoutes: [Route]

    /// An interface to a store.
    public init(
        live: Live, entryPoints: EntryPointCatalog, service: ServiceDescription, cors: CORSPolicy = .none,
        compute: ComputePool = ComputePool()
    ) {
        self.compute = compute
        self.entryPoints = entryPoints
        self.live = live
        store = live.store
        keys = live.keys
        self.service = service
        self.cors = cors
        treeRoutes = Self.routes.filter { $0.path == Route.tree }
        ownRoutes = Dictionary(grouping: Self.routes.filter { $0.path != Route.tree }, by: \.path)
        templates = ownRoutes.filter { $0.key.contains("{") }.map { path, routes in
            let segments = path.split(separator: "/").map { $0.hasPrefix("{") ? [] : Array($0.utf8) }
            return (segments, routes)
        }
    }

    /// All methods that the service answers.
    public static let methods: [String] =
        ["GET", "PUT"] + Set(routes.map(\.method.rawValue)).union(["HEAD", "OPTIONS"])

    /// The ``Route/path`` that a request's path belongs to. There are few of them, whichever paths clients request.
    public static func routeName(ofPath path: ArraySlice<UInt8>) -> String {
        guard path.count > 1 else { return "/" }
        guard path.dropFirst().first == UInt8(ascii: "_") else { return Route.tree }
        let segments = path.split(separator: UInt8(ascii: "/"))
        let name = ownPaths.first { own in
            own.segments.count == segments.count
                && zip(own.segments, segments).allSatisfy { $0.isEmpty || $0.elementsEqual($1) }
        }
        return name?.path ?? "unknown"
    }

    private static let ownPaths = Set(routes.map(\.path)).filter { $0.hasPrefix("/_") }.map { path in
        (path: path, segments: path.split(separator: "/").map { $0.hasPrefix("{") ? [] : Array($0.utf8) })
    }

    /// Answers a request. Never throws: every error is a problem (RFC 9457).
    public func respond(to request: Request) async -> Response {
        let response: Response
        do {
            response = try await route(request)
        } catch {
            response = Problem(error).response(to: request)
        }
        guard let origin = request.header(.origin) else { return response }
        return cors.allowing(origin, response)
    }

    private func route(_ request: Request) async throws -> Response {
        let path = request.path
        guard path.first == UInt8(ascii: "/") else {
            // `OPTIONS *` asks about the server as a whole (RFC 9110 §9.3.7).
            guard request.method == .options else { throw Problem.unknownPath }
            return options(for: Self.routes, request)
        }
        guard path.count > 1 else { return try await answer(request, ownRoutes["/"] ?? [], key: .root) }
        let key = try keys.key(path: path)
        guard key.isInternal else { return try await answer(request, treeRoutes, key: key) }
        guard let routes = ownRoutes(at: key) else { throw Problem.unknownPath }
        return try await answer(request, routes, key: key)
    }

    /// The routes of one of the service's own paths; a segment like `{name}` in them matches any segment.
    private func ownRoutes(at key: Key) -> [Route]? {
        if let routes = ownRoutes[keys.path(of: key)] { return routes }
        let segments = key.segments
        return templates.first { template in
            template.segments.count == segments.count
                && zip(template.segments, segments).allSatisfy { $0.isEmpty || $0.elementsEqual($1) }
        }?.routes
    }

    private func answer(_ request: Request, _ routes: [Route], key: Key) async throws -> Response {
        guard let route = routes.first(where: { $0.method == request.method }) else {
            if request.method == .options { return options(for: routes, request) }
            if request.method == .head, let get = routes.first(where: { $0.method == .get }) {
                return try await answer(Call(self, request, key, get), get)
            }
            throw Problem.methodNotAllowed(request, Route.allow(routes))
        }
        if request.method.isUnsafe {
            try cors.checkWrite(request)
            // A part isn't the whole (RFC 9110 §14.5).
            if let range = request.header(.contentRange) {
                throw Problem(
                    .invalidHeader,
                    "\(HeaderName.contentRange) is '\(range)', but a part of a value can't be written; send the whole value."
                )
            }
        }
        return try await answer(Call(self, request, key, route), route)
    }

    /// Handles a request on its HTTP thread, or in the compute pool if it may compute for long.
    private func answer(_ call: Call, _ route: Route) async throws -> Response {
        guard route.isDear || call.mayComputeLong else { return try await route.handle(call) }
        return try await call.computing {
            // Errors are rendered there too, because a problem may contain the value at the path.
            do { return try await route.handle(call) } catch { return Problem(error).response(to: call.request) }
        }
    }

    private func options(for routes: [Route], _ request: Request) -> Response {
        var headers: HeaderFields = [.allow: Route.allow(routes)]
        if routes.contains(where: { $0.method == .patch }) { headers.add(.acceptPatch, PatchType.accepted) }
        if request.hasHeader(.requestedMethod) {
            headers = headers + cors.preflight(methods: Route.allow(routes), request)
        }
        return Response(status: 204, headers: headers)
    }
}

extension HTTPMethod {
    /// Whether a request with this method may change something (RFC 9110 §9.2.1).
    var isUnsafe: Bool { self != .get && self != .head && self != .options }
}
