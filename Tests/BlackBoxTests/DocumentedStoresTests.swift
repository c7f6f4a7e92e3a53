import TestSupport
import Testing

/// The README's table of stores beside what each of them says of itself.
@Suite(.sharedServices, .timeLimit(.minutes(2)))
struct DocumentedStoresTests {
    @Test(arguments: StoreKind.tested)
    func `the README says of a store what the store says`(_ store: StoreKind) async throws {
        let cells = try #require(try Self.table()[store.rawValue], "the table lacks \(store)")
        let reply = try await SharedServices.service(store).client().send("GET", "/_capabilities")
        func said(_ name: String) throws -> String {
            try reply.part("/stores/0/\(name)")?.text.description ?? "nothing"
        }
        let quoted = { (name: String) in try said(name).replacing("\"", with: "`") }

        #expect(try said("driver") == "\"\(store)\"")
        #expect(try cells[0].contains(quoted("durability")))
        let most = try said("leavesPerCommit")
        #expect(try cells[1] == quoted("atomicity") + (most == "null" ? "" : ", \(most) leaves"))
        #expect(try cells[2] == "\(said("historyDepth")) versions")
        #expect(try cells[3].hasPrefix(said("shared") == "true" ? "yes" : "no"))
    }

    /// The table's cells after the first, by the store's name.
    private static func table() throws -> [String: [String]] {
        let text = try Readme.part(from: "<!-- stores:", to: "<!-- /stores -->")
        let rows = text.split(separator: "\n").filter { $0.hasPrefix("| `") }.map { row in
            row.dropFirst(2).replacing(" | ", with: "|").split(separator: "|").map(String.init)
        }
        return Dictionary(uniqueKeysWithValues: rows.map { ($0[0].replacing("`", with: ""), Array($0.dropFirst())) })
    }
}
