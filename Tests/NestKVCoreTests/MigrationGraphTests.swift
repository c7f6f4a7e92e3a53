import MicroJSON
import TestSupport
import Testing

@testable import NestKVCore
@testable import NestKVStorage

/// The ways between schemas that a catalog finds.
@Suite struct MigrationGraphTests {
    private let catalog = SchemaCatalog()

    /// Registers a version of a name, whose values are objects with the member `v` of the version.
    @discardableResult
    private func version(_ number: UInt64, of name: String = "user", _ schema: String? = nil) -> String {
        let text = schema ?? #"{"required":["v"],"properties":{"v":{"const":\#(number)},"n":{"const":"\#(name)"}}}"#
        let value = json(text)
        let hash = CanonicalHashing().hash(of: value).description
        take(hash, text, tags: ["\(name)@\(number)"])
        take(name, text, version: number, revision: Revision(number))
        return hash
    }

    private func migrate(_ name: String, up: String, down: String? = nil) {
        let (from, to) = SchemaMigration.references(inName: name)!
        let back = down.map { #","down":\#($0)"# } ?? ""
        take("_migrations/\(name)", #"{"from":"\#(from)","to":"\#(to)","up":\#(up)\#(back)}"#)
    }

    /// A step that replaces the member `v`, which can't be turned back.
    private func set(_ number: Int) -> String { #"[{"op":"set","path":"/v","value":\#(number)}]"# }

    @Test func `a way goes over several migrations, and is found once`() throws {
        let hashes = (1...4).map { version($0) }
        for number in 1...3 { migrate("user@\(number)..user@\(number + 1)", up: set(number + 1)) }
        let snapshot = catalog.snapshot
        let plan = try #require(snapshot.migration(from: hashes[0], to: hashes[3]))
        #expect(plan === snapshot.migration(from: hashes[0], to: hashes[3]))
        #expect(try plan.shown(json(#"{"v":1,"x":1.0}"#)) == json(#"{"v":4,"x":1.0}"#))
        #expect(plan.labels == ("user@1", "user@4") && plan.from == hashes[0] && plan.to == hashes[3])
        #expect(snapshot.migration(from: hashes[3], to: hashes[0]) == nil, "there is no way back")
        #expect(snapshot.migration(from: hashes[0], to: "sha256:none") == nil)
        #expect(snapshot.migration(from: "old", to: hashes[0]) == nil)
    }

    @Test func `a shorter way is preferred`() throws {
        let hashes = (1...3).map { version($0) }
        migrate("user@1..user@2", up: set(2))
        migrate("user@2..user@3", up: set(3))
        migrate("user@1..user@3", up: #"[{"op":"set","path":"/v","value":3},{"op":"default","path":"/x","value":1}]"#)
        let plan = try #require(catalog.snapshot.migration(from: hashes[0], to: hashes[2]))
        #expect(try plan.shown(json(#"{"v":1}"#)) == json(#"{"v":3,"x":1}"#))
    }

    @Test func `the way back is the stated one, or derived`() throws {
        let hashes = (1...3).map { version($0) }
        migrate("user@1..user@2", up: #"[{"op":"map","path":"/v","values":[[1,2]]}]"#)
        migrate("user@2..user@3", up: set(3), down: set(2))
        let snapshot = catalog.snapshot
        #expect(snapshot.migrations.map(\.back) == [.derived, .given])
        let plan = try #require(snapshot.migration(from: hashes[2], to: hashes[0]))
        #expect(try plan.shown(json(#"{"v":3}"#)) == json(#"{"v":1}"#))
    }

    @Test func `values stay as they are where a version permits all that another one does`() throws {
        let narrow = version(1, #"{"type":"object","additionalProperties":false,"properties":{"a":{"type":"string"}}}"#)
        let wide = version(
            2, #"{"type":"object","additionalProperties":false,"properties":{"a":{"type":"string"},"b":{}}}"#)
        let other = version(1, of: "other", #"{"type":"object","title":"all"}"#)
        let snapshot = catalog.snapshot
        let plan = try #require(snapshot.migration(from: narrow, to: wide))
        #expect(try plan.migration.text == json("[]") && plan.shown(json(#"{"a":"x"}"#)) == json(#"{"a":"x"}"#))
        #expect(snapshot.migration(from: wide, to: narrow) == nil)
        #expect(snapshot.migration(from: narrow, to: other) == nil, "names that are unrelated are not compared")
    }

    @Test func `migrations are joined by versions that permit more`() throws {
        let first = version(1), second = version(2)
        let wide = version(3, #"{"required":["v"],"properties":{"v":{"enum":[2,3]},"n":{"const":"user"}}}"#)
        let last = version(4)
        migrate("user@1..user@2", up: set(2))
        migrate("user@3..user@4", up: set(4))
        let plan = try #require(catalog.snapshot.migration(from: first, to: last))
        #expect(try plan.shown(json(#"{"v":1}"#)) == json(#"{"v":4}"#))
        #expect(catalog.snapshot.migration(from: second, to: wide)?.migration.text == json("[]"))
    }

    @Test func `a way has at most 32 migrations`() {
        let hashes = (1...34).map { version($0) }
        for number in 1...33 { migrate("user@\(number)..user@\(number + 1)", up: set(number + 1)) }
        #expect(catalog.snapshot.migration(from: hashes[0], to: hashes[32]) != nil)
        #expect(catalog.snapshot.migration(from: hashes[0], to: hashes[33]) == nil)
    }

    @Test func `a fingerprint depends on the steps and on the schema that they lead to`() throws {
        let hashes = (1...2).map { version($0) }
        migrate("user@1..user@2", up: set(2))
        let first = try #require(catalog.snapshot.migration(from: hashes[0], to: hashes[1])).fingerprint
        take("unrelated", "true")
        #expect(catalog.snapshot.migration(from: hashes[0], to: hashes[1])?.fingerprint == first && first.count == 8)
        let same = try #require(catalog.snapshot.migration(from: hashes[0], to: hashes[0])).fingerprint
        let other = try #require(catalog.snapshot.migration(from: hashes[1], to: hashes[1])).fingerprint
        #expect(Set([first, same, other]).count == 3)
    }

    @Test func `a value that can't be migrated says which step or rule it breaks`() throws {
        let hashes = (1...3).map { version($0) }
        migrate("user@1..user@2", up: #"[{"op":"convert","path":"/v","to":"boolean"}]"#)
        migrate("user@2..user@3", up: "[]")
        let step = try failure(hashes[0], hashes[1], #"{"v":"x"}"#)
        #expect(step.code == .migrationFailed && step.message.contains("/e/a") && step.message.contains("/0"))
        #expect(step.message.contains("'user@1..user@2'") && step.message.contains("from user@1 to user@2"))
        let rule = try failure(hashes[1], hashes[2], #"{"v":2}"#)
        #expect(rule.code == .migrationFailed && rule.report?.errors.first?.instanceLocation == "/v")
        #expect(rule.report?.hash == hashes[2])
    }

    private func failure(_ from: String, _ to: String, _ value: String) throws -> StoreError {
        let plan = try #require(catalog.snapshot.migration(from: from, to: to))
        return try #require(
            #expect(throws: StoreError.self) { try plan.converted(json(value), at: key("e/a")) })
    }

    @Test(arguments: ["a@1", "a..b", "a..b@1", "a@1..b", "..", "a@1..", "a@0..b@1", "a@1..b@1..c@1", "_a@1..b@1"])
    func `a name without two fixed schemas is not one of a migration`(_ name: String) {
        #expect(SchemaMigration.references(inName: name) == nil)
    }

    @Test func `names with dots and hashes are told apart`() throws {
        let hash = "sha256:" + String(repeating: "a", count: 64)
        for (from, to) in [("a..b@1", "c@2"), ("a@1", "b..c@2"), (hash, "a@1"), ("a.@1", hash), (hash, hash)] {
            let found = try #require(SchemaMigration.references(inName: "\(from)..\(to)"))
            #expect(found.from.description == from && found.to.description == to)
        }
    }

    @Test func `what is not a migration is left out, as the state of jobs is`() {
        version(1)
        version(2)
        for text in ["1", "{}", #"{"from":"user@1","to":"user@2"}"#, #"{"from":"user","to":"user@2","up":[]}"#] {
            take("_migrations/user@1..user@2", text)
        }
        take("_migrations/user@1..user@2", #"{"from":"user@2","to":"user@1","up":[]}"#)
        let generation = catalog.snapshot.generation
        take("_jobs/user", "{}")
        #expect(catalog.allMigrations.isEmpty && catalog.snapshot.generation == generation)
        #expect(catalog.allNames.map(\.name) == ["user"])
    }

    private func json(_ text: String) -> JSONText { JSONText(trusted: Array(text.utf8)) }

    private func take(
        _ name: String, _ text: String, tags: [String] = [], version: UInt64 = 1, revision: Revision = 1
    ) {
        catalog.take(schemaRecord(name, text, tags: tags, version: version, revision: revision))
    }
}
