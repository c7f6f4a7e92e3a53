import TestSupport
import Testing

/// The README's table of stores beside what each of them says of itself.
@Suite(.sharedServices, .timeLimit(.minutes(2)))
struct DocumentedStoresTests {
    @Test(arguments: StoreKind.tested)
    func `the README says of a store what the store says`(_ store: StoreKind) async throws {
        let rows = try Document("README.md").table(from: "<!-- stores:", to: "<!-- /stores -->")
        let cells = try #require(rows.first { $0[0].contains("`\(store)`") }, "the table lacks \(store)")
        let reply = try await SharedServices.service(store).client().send("GET", "/_capabilities")
        func said(_ name: String) throws -> String {
            try reply.part("/stores/0/\(name)")?.text.description ?? "nothing"
        }
        let quoted = { (name: String) in try said(name).replacing("\"", with: "`") }

        #expect(try said("driver") == "\"\(store)\"")
        #expect(try cells[1].contains(quoted("durability")))
        let most = try said("leavesPerCommit")
        #expect(try cells[2] == quoted("atomicity") + (most == "null" ? "" : ", \(most) leaves"))
        #expect(try cells[3] == "\(said("historyDepth")) versions")
        #expect(try cells[4] == (said("shared") == "true" ? "yes" : "no"))
    }
}
