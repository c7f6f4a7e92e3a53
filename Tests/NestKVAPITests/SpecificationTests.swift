import MicroHTTP
import MicroJSON
import NestKVCore
import Testing

@testable import NestKVAPI

/// `openapi/openapi.yaml` describes exactly what the service does.
struct SpecificationTests {
    let specification: Specification

    init() throws {
        specification = try Specification()
    }

    @Test func `every route is documented and every documented operation is a route`() {
        let routes = API.routes.map { "\($0.method) \($0.path)" }
        // Every path answers OPTIONS by itself.
        let documented = specification.operations.filter { $0.method != "options" }
            .map { "\($0.method.uppercased()) \($0.path)" }
        #expect(routes.sorted() == documented.sorted())
    }

    @Test(arguments: API.routes.map { "\($0.method) \($0.path)" })
    func `a route takes the query parameters that are documented`(name: String) throws {
        let route = try #require(API.routes.first { "\($0.method) \($0.path)" == name })
        let documented = try #require(
            specification.operations.first { "\($0.method.uppercased()) \($0.path)" == name })
        #expect(
            specification.queryParameters(route.path, documented.operation)
                == (route.parameters + route.repeatable).sorted())
    }

    @Test func `what answers a safe method changes nothing`() {
        let safe = API.routes.filter { !$0.method.isUnsafe }
        #expect(safe.allSatisfy { $0.need != .write }, "\(safe.filter { $0.need == .write }.map(\.path))")
    }

    @Test func `a reading takes the parameter that asks for it, and the last takes any request`() {
        for reading in Reading.all { #expect(reading.selector.map(reading.parameters.contains) ?? true) }
        #expect(Reading.all.last?.name == "a value")
    }

    @Test func `a route is found by its path, and a segment in braces is any`() {
        for route in API.routes {
            let path = route.path.replacing("{name}", with: "x")
            let expected = route.path == Route.tree ? "/e/a" : path
            #expect(API.routeName(ofPath: Array(expected.utf8)[...]) == route.path)
        }
        #expect(API.routeName(ofPath: Array("/_entrypoints/x/y".utf8)[...]) == "unknown")
    }

    @Test func `every problem is documented with its status and every documented problem exists`() {
        #expect(specification.problems == Self.failures)
    }

    @Test func `the codes of problems are listed, sorted`() {
        let codes = specification.document["components"]["schemas"]["ProblemCode"]["enum"].elements.compactMap(\.string)
        #expect(codes == Set(Self.failures.map(\.code)).sorted())
    }

    @Test func `a response is listed under its own status`() {
        for (path, method, operation) in specification.operations {
            for (status, response) in operation["responses"].members {
                for part in specification.resolved(response)["content"]["application/problem+json"]["schema"]["allOf"]
                    .elements
                {
                    guard let stated = part["properties"]["status"]["const"].integer else { continue }
                    #expect(String(stated) == status, "\(method) \(path)")
                }
            }
        }
    }

    @Test func `every reference leads somewhere and every component is used`() {
        for reference in specification.references {
            let target = specification.document.value(at: JSONPointer(String(reference.dropFirst()))?.tokens ?? [])
            #expect(target != nil, "\(reference)")
        }
        // The answer to methods that no path has.
        let unreferenced = ["#/components/responses/MethodNotAllowed"]
        let components = specification.document["components"].members.flatMap { kind, components in
            components.members.map { "#/components/\(kind)/\($0.name)" }
        }
        #expect(Set(components).subtracting(specification.references) == Set(unreferenced))
    }

    // A page of an allowed origin read Nestkv-Previous and got nothing, because the header wasn't exposed.
    @Test func `pages may read every header that is documented`() {
        // The Fetch standard's own list, and headers for the browser or a proxy.
        let others = ["Cache-Control", "Last-Modified", "X-Accel-Buffering"]
        let documented = specification.document["components"]["headers"].members.map(\.name)
            .filter { !$0.hasPrefix("Access-Control-") && !others.contains($0) }
        #expect(documented.sorted() == CORSPolicy.exposed.sorted())
    }

    @Test func `operations have ids of their own`() {
        let ids = specification.operations.compactMap { $0.operation["operationId"].string }
        #expect(ids.count == specification.operations.count)
        #expect(Set(ids).count == ids.count)
    }

    /// All problems that `Problem` can make.
    private static let failures: Set<Failure> = {
        let problems =
            Problem.Code.allCases.map { Problem($0, "") } + StoreError.Code.allCases.map { Problem(StoreError($0, "")) }
            + rejections.map { Problem($0) }
        return Set(problems.map { Failure(status: $0.status, code: $0.code) })
    }()

    /// Every refusal of the HTTP server. The switch doesn't compile if one is missing.
    private static let rejections: [Rejection] = {
        let all: [Rejection] = [
            .malformed(""), .missingHost, .misdirected(""), .ambiguousLength, .unsupportedTransferCoding(""),
            .uriTooLong(limit: 1),
            .headersTooLarge(limit: 1), .bodyTooLarge(limit: 1), .versionNotSupported, .requestTimeout,
            .tooManyConnections(limit: 1), .tooManyBytesInFlight(limit: 1), .tooManyStreams(limit: 1), .shuttingDown,
        ]
        for rejection in all {
            switch rejection {
            case .malformed, .missingHost, .misdirected, .ambiguousLength, .unsupportedTransferCoding, .uriTooLong,
                .headersTooLarge,
                .bodyTooLarge, .versionNotSupported, .requestTimeout, .tooManyConnections,
                .tooManyBytesInFlight, .tooManyStreams,
                .shuttingDown:
                continue
            }
        }
        return all
    }()
}
