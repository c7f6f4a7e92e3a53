import Logging
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
        .listBindings, .getBinding, .putBinding, .deleteBinding, .postBinding,
        .listMigrations, .getMigration, .putMigration, .deleteMigration, .listJobs, .getJob, .deleteJob,
        .getCompatibility, .putCompatibility, .deleteCompatibility,
        .listSchemas, .listSchemaHashes, .getSchema, .putSchema, .deleteSchema, .postSchema,
        .makeBackup, .listBackups,
        .service, .liveness, .readiness, .metrics, .capabilities, .openAPIJSON, .openAPIYAML,
    ]

    /// What every request passes: before its route in this order, and after it in the opposite order.
    let stages: [any Stage]
    /// Whether a response may be sent again without the stages.
    private let repeats: Bool
    /// The whole store. A request uses it as ``Call/store`` or ``Call/ownStore``.
    let store: any Store
    /// The store with values in the shapes of their bindings.
    private let validated: any Store
    let keys: any KeyService
    let service: ServiceDescription
    let live: Live
    /// The registered schemas and their bindings.
    let schemas: SchemaCatalog
    /// The jobs that migrate what is stored.
    let migrations: MigrationService
    let compute: ComputePool
    private let tree = RoutePath.tree
    var operationsLimit: Int { service.operationsLimit }
    var batchBytes: Int { service.batchBytes }

    /// An interface to a store.
    public init(
        live: Live, service: ServiceDescription, stages: [any Stage] = [], migrations: MigrationService? = nil,
        compute: ComputePool = ComputePool()
    ) {
        self.compute = compute
        self.live = live
        schemas = live.schemas
        store = live.store
        validated = ValidatedStore(live.store, schemas, compute: compute)
        keys = live.keys
        self.migrations =
            migrations
            ?? MigrationService(
                live.store, live.schemas, keys: live.keys, compute: compute, logger: Logger(label: "nestkv.jobs"))
        self.service = service
        self.stages = stages
        repeats = stages.allSatisfy(\.dependsOnRequestAlone)
    }

    /// All methods that the service answers.
    public static let methods: [String] =
        ["GET", "PUT"] + Set(routes.map(\.method.rawValue)).union(["HEAD", "OPTIONS"])

    /// The request fields on which responses may depend. `Host` is the server's matter.
    public static let selectingFields: [String] = HeaderName.allCases.filter { $0 != .host }.map(\.rawValue)

    /// The ``Route/path`` that a request's path belongs to. There are few of them, whichever paths clients request.
    public static func routeName(ofPath path: ArraySlice<UInt8>) -> String {
        guard path.count == 1 || ReservedKeys.contain(path.dropFirst()) else { return Route.tree }
        return RoutePath.own(path.split(separator: UInt8(ascii: "/")))?.path ?? "unknown"
    }

    /// The store as a caller sees it, with values in a shape. Every caller sees the whole store.
    func store(for caller: Caller, _ shape: Shape) -> any Store {
        switch shape {
        case .bound: validated
        case .stored: store
        case .schema: ValidatedStore(store, schemas, shape: shape, compute: compute)
        }
    }

    /// Answers a request, at once if its route can do so without waiting. Never throws: every error is a problem
    /// (RFC 9457).
    public func respond(to request: Request) -> Answer {
        do {
            var caller = Caller.anonymous
            for stage in stages { try stage.before(request, &caller) }
            switch try destination(of: request, caller) {
            case .options(let routes): return .now(finished(options(for: routes), request))
            case .route(let route, let call):
                if let response = try route.respondAtOnce?(call) { return .now(finished(response, request)) }
                return .later { [self] in
                    let response: Response
                    do { response = try await answer(call, route) } catch {
                        response = Problem(error).response(to: request)
                    }
                    return finished(response, request)
                }
            }
        } catch {
            return .now(finished(Problem(error).response(to: request), request))
        }
    }

    /// The response after all stages.
    private func finished(_ response: consuming Response, _ request: Request) -> Response {
        var response = response
        for stage in stages.reversed() { stage.after(request, &response) }
        if !repeats { response.isCurrent = nil }
        return response
    }

    /// What answers a request.
    private enum Destination {
        case route(Route, Call)
        /// `OPTIONS` for these routes.
        case options([Route])
    }

    private func destination(of request: Request, _ caller: Caller) throws -> Destination {
        let path = request.path
        guard path.first == UInt8(ascii: "/") else {
            // `OPTIONS *` asks about the server as a whole (RFC 9110 §9.3.7).
            guard request.method == .options else { throw Problem.unknownPath }
            return .options(Self.routes)
        }
        let key = path.count > 1 ? try keys.key(path: path) : .root
        let isOwn = key.isInternal || key.bytes.isEmpty
        guard let routes = (isOwn ? RoutePath.own(key.segments) : tree)?.routes else { throw Problem.unknownPath }
        guard let route = routes.first(where: { $0.method == request.method }) else {
            if request.method == .options { return .options(routes) }
            if request.method == .head, let get = routes.first(where: { $0.method == .get }) {
                return .route(get, try Call(self, request, caller, key, get))
            }
            throw Problem.methodNotAllowed(request, Route.allow(routes))
        }
        // A part isn't the whole (RFC 9110 §14.5).
        if request.method.isUnsafe, let range = request.header(.contentRange) {
            throw Problem(
                .invalidHeader,
                "\(HeaderName.contentRange) is '\(range)', but a part of a value can't be written; send the whole "
                    + "value.")
        }
        return .route(route, try Call(self, request, caller, key, route))
    }

    /// Handles a request on its HTTP thread, or in the compute pool if it may compute for long.
    private func answer(_ call: Call, _ route: Route) async throws -> Response {
        guard route.isDear || call.mayComputeLong else { return try await route.handle(call) }
        return try await call.computing {
            // Errors are rendered there too, because a problem may contain the value at the path.
            do { return try await route.handle(call) } catch { return Problem(error).response(to: call.request) }
        }
    }

    private func options(for routes: [Route]) -> Response {
        let canPatch = routes.contains { $0.method == .patch }
        return Response(
            status: 204, headers: [.allow: Route.allow(routes), .acceptPatch: canPatch ? PatchType.accepted : nil])
    }
}

extension HTTPMethod {
    /// Whether a request with this method may change something (RFC 9110 §9.2.1).
    var isUnsafe: Bool { self != .get && self != .head && self != .options }
}
