import MicroJSON
import TestSupport
import Testing

/// Bound paths stay valid, whatever is written at, above and below them at the same time.
@Suite(.sharedServices, .timeLimit(.minutes(5)))
struct SchemaModelTests {
    private static let entryPoint = "schema-model"
    private static let clients = 16
    private static let rounds = 40 * TestLength.factor

    /// What one member may be depends on the other, so writers of both that don't see one another break it.
    private static let pair = """
        {"type":"object","maxProperties":2,"additionalProperties":{"enum":[1,2]},
        "if":{"required":["a"],"properties":{"a":{"const":2}}},"then":{"properties":{"b":{"const":1}}}}
        """

    @Test(arguments: StoreKind.tested)
    func `after each commit every bound path is valid`(_ store: StoreKind) async throws {
        try await Self.run(on: [SharedServices.service(store)])
    }

    @Test(arguments: StoreKind.sharing)
    func `two services on one store keep bound paths valid together`(_ store: StoreKind) async throws {
        try await TwoServicesTests.withServices(store) { try await Self.run(on: [$0, $1]) }
    }

    private static func run(on services: [ServiceProcess]) async throws {
        let client = services[0].client()
        #expect(try await client.send("PUT", "/__schema/pair", body: pair).status == 201)
        for (name, path) in [("deep", "/\(entryPoint)/x/+"), ("top", "/\(entryPoint)/pair")] {
            let binding = #"{"match":"\#(path)","schema":"pair"}"#
            #expect(try await client.send("PUT", "/__schema/_bindings/\(name)", body: binding).status == 201)
        }
        for service in services {
            let other = service.client()
            try await eventually("the service knows the bindings") {
                try await other.send("GET", "/__schema/_bindings").text.contains(#""name":"top""#)
            }
        }
        try await withThrowingTaskGroup(of: Tally.self) { group in
            for number in 0..<clients {
                let service = services[number % services.count]
                group.addTask { try await write(service.client(), seed: UInt64(number)) }
            }
            group.addTask { try await read(services[0].client()) }
            var all = Tally()
            for try await tally in group { all.add(tally) }
            #expect(all.stored > 0 && all.refused > 0, "\(all)")
        }
        for broken in try broken(in: await client.send("GET", "/\(entryPoint)")) { Issue.record("\(broken)") }
    }

    /// What happened to writes.
    private struct Tally {
        var stored = 0
        var refused = 0

        mutating func add(_ other: Tally) {
            stored += other.stored
            refused += other.refused
        }
    }

    private static func write(_ client: HTTPClient, seed: UInt64) async throws -> Tally {
        var random = SeededGenerator(seed: seed)
        var tally = Tally()
        for _ in 0..<rounds {
            let request = request(&random)
            let reply = try await client.send(request)
            switch reply.status {
            case 200, 201, 204: tally.stored += 1
            case 404: break
            case 409, 422: tally.refused += 1
            // Too many writers of one path.
            case 503: break
            default: Issue.record("\(request.method) \(request.target) is \(reply.status) \(reply.text)")
            }
        }
        return tally
    }

    /// A write at, above or below a bound path.
    private static func request(_ random: inout SeededGenerator) -> HTTPRequest {
        let places = ["/pair", "/x/p", "/x/q", "/x"]
        let place = random.pick(places)
        let pair = #"{"a":\#(1 + random.below(2)),"b":\#(1 + random.below(2))}"#
        let value = place == "/x" ? #"{"p":\#(pair),"q":{"b":\#(random.below(4))}}"# : pair
        let path = "/\(entryPoint)\(place)"
        let member = place == "/x" ? "/p/\(random.pick(["a", "b"]))" : "/\(random.pick(["a", "b"]))"
        switch random.below(8) {
        case 0: return HTTPRequest("PUT", path, body: Array(value.utf8))
        case 1: return HTTPRequest("PUT", path + "?flatten", body: Array(value.utf8))
        case 2: return HTTPRequest("PUT", path + member + "?leaf", body: Array("\(1 + random.below(2))".utf8))
        case 3:
            return HTTPRequest(
                "PATCH", path, headers: [("Content-Type", "application/merge-patch+json")], body: Array(value.utf8))
        case 4: return HTTPRequest("DELETE", path + (random.below(4) == 0 ? "" : member))
        case 5:
            let operations = ["a", "b"].map { name in
                #"{"method":"PUT","path":"\#(path)\#(place == "/x" ? "/q" : "")/\#(name)","#
                    + #""value":\#(1 + random.below(2))}"#
            }
            return HTTPRequest(
                "POST", "/_transaction", body: Array(#"{"operations":[\#(operations.joined(separator: ","))]}"#.utf8))
        default: return HTTPRequest("PUT", path + member, body: Array("\(1 + random.below(2))".utf8))
        }
    }

    private static func read(_ client: HTTPClient) async throws -> Tally {
        for _ in 0..<(rounds * 4) {
            for broken in try broken(in: await client.send("GET", "/\(entryPoint)")) { Issue.record("\(broken)") }
        }
        return Tally()
    }

    /// The bound values in the value of the entry point that break the schema.
    private static func broken(in reply: Reply) throws -> [String] {
        guard reply.status == 200 else { return [] }
        var values = [try reply.part("/pair")]
        if case .object(let members)? = try reply.part("/x") { values += members.map(\.value) }
        return values.compactMap { $0 }.filter { !isPair($0) }.map { "\($0.text)" }
    }

    private static func isPair(_ value: JSONValue) -> Bool {
        guard case .object(let members) = value else { return false }
        let texts = Dictionary(
            uniqueKeysWithValues: members.map { (String(decoding: $0.name, as: UTF8.self), "\($0.value.text)") })
        return texts.count <= 2 && texts.values.allSatisfy { $0 == "1" || $0 == "2" }
            && (texts["a"] != "2" || texts["b"] == nil || texts["b"] == "1")
    }
}
