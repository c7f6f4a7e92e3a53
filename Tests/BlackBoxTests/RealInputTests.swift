import MicroJSON
import TestSupport
import Testing

/// Debian's `iso-codes`, as real input: countries, their parts, languages and currencies.
@Suite(.timeLimit(.minutes(5)))
struct RealInputTests {
    private static let files = ["3166-1", "3166-2", "639-3", "4217"]

    /// The text of a file; it must be there.
    private static func text(of file: String) throws -> JSONText {
        let bytes = try contents(ofFile: "/usr/share/iso-codes/json/iso_\(file).json")
        return try JSONText(parsing: bytes)
    }

    // One of the documents has more leaves than some store takes at once.
    @Test(arguments: StoreKind.tested.filter { $0.leavesPerCommit == nil })
    func `the iso-codes are stored, returned, changed by path and survive a restart`(_ store: StoreKind) async throws {
        let place = try await store.place()
        var service = try await ServiceProcess.start(store: place.address)
        var client = service.client()
        for file in Self.files { try await Self.putAndCompare(file, client) }
        if store != .memory {
            #expect(try await service.stop() == .exit(0))
            service = try await ServiceProcess.start(store: place.address)
            client = service.client()
            for file in Self.files { try await Self.compare(file, client) }
        }
        try await Self.changeCountries(client)
        if store != .memory {
            #expect(try await service.stop() == .exit(0))
            service = try await ServiceProcess.start(store: place.address)
            client = service.client()
        }
        try await Self.readChangedCountries(client)
        #expect(try await service.stop() == .exit(0))
        withExtendedLifetime(place) {}
    }

    private static func putAndCompare(_ file: String, _ client: HTTPClient) async throws {
        let body = try contents(ofFile: "/usr/share/iso-codes/json/iso_\(file).json")
        let reply = try await client.send(HTTPRequest("PUT", "/iso/\(file)?flatten", body: body))
        #expect(reply.status == 201, "\(file): \(reply.text.prefix(300))")
        try await compare(file, client)
    }

    /// Equal as JSON, and each leaf with equal bytes.
    private static func compare(_ file: String, _ client: HTTPClient) async throws {
        let text = try text(of: file)
        let reply = try await client.send("GET", "/iso/\(file)")
        #expect(reply.status == 200)
        #expect(try reply.json() == JSONValue(text), "\(file) came back different")
        for member in text.members {
            let name = String(decoding: member.name, as: UTF8.self)
            let leaf = try await client.send("GET", "/iso/\(file)/\(name)?leaf")
            #expect(leaf.status == 200 && leaf.body == member.value.utf8, "\(file)/\(name) has other bytes")
        }
    }

    private static func changeCountries(_ client: HTTPClient) async throws {
        let countries = try text(of: "3166-1").members.first { $0.name == Array("3166-1".utf8) }
        let elements = (countries?.value.elements).map { Array($0).map(Array.init) } ?? []
        let iceland = try #require(elements.firstIndex { String(decoding: $0, as: UTF8.self).contains(#""ISL""#) })
        let path = "/iso/3166-1/3166-1/\(iceland)"
        let read = try await client.send("GET", path)
        #expect(read.status == 200 && read.body == elements[iceland])
        #expect(try await client.send("GET", path + "/alpha_2").text == #""IS""#)
        let patch = #"{"capital":"Reykjavík","flag":null}"#
        let headers = [("Content-Type", "application/merge-patch+json"), ("If-Match", read["ETag"] ?? "")]
        #expect(try await client.send("PATCH", path, headers: headers, body: patch).status == 200)
        #expect(try await client.send("GET", path + "/capital").text == #""Reykjavík""#)
        #expect(try await client.send("GET", path + "/flag").status == 404)
        // The first one goes, so that all others move up.
        #expect(try await client.send("DELETE", "/iso/3166-1/3166-1/0").status == 204)
        #expect(try await client.send("GET", "/iso/3166-1/3166-1/0").body == elements[1])
        #expect(try await client.send("GET", "/iso/3166-1/3166-1/\(iceland - 1)/alpha_3").text == #""ISL""#)
        #expect(try await client.send("GET", "/iso/3166-1/3166-1/\(elements.count - 1)").status == 404)
    }

    private static func readChangedCountries(_ client: HTTPClient) async throws {
        var expected = try JSONValue(text(of: "3166-1"))
        let list = [Array("3166-1".utf8)]
        guard case .array(var elements)? = expected.value(at: list) else { return }
        let iceland = try #require(elements.firstIndex { $0.value(at: [Array("alpha_3".utf8)]) == .string("ISL") })
        elements[iceland] = elements[iceland].mergePatched(with: json(#"{"capital":"Reykjavík","flag":null}"#))
        _ = elements.remove(at: 0)
        try expected.set(.array(elements), at: list)
        let reply = try await client.send("GET", "/iso/3166-1")
        #expect(try reply.json() == expected)
        #expect(try await client.send("HEAD", "/iso/3166-1/3166-1")["Nestkv-Version"] == "3")
        let history = try await client.send("GET", "/iso/3166-1/3166-1?history")
        #expect(try history.part("/2/version") == .integer(1))
        #expect(try history.part("/2/value") == JSONValue(text(of: "3166-1")).value(at: list))
    }
}
