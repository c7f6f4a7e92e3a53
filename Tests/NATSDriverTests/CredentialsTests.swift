import FoundationEssentials
import NATSDriver
import NestKVStorage
import TestSupport
import Testing

@Suite("With credentials, the NATS driver", .timeLimit(.minutes(1)))
struct CredentialsTests {
    @Test func `signs in with one file that has JWT and seed, and with a file for each`() async throws {
        let office = try await Office()
        let user = NKey(.user)
        let token = office.token(for: user)
        for query in [
            "creds=\(try office.file("user.creds", Self.credentials(token, user.seed)))",
            "creds=\(try office.file("user.jwt", Self.credentials(token, nil)))"
                + "&seed=\(try office.file("u.nk", user.seed))",
        ] {
            let driver = try await open(office.server.address + "?" + query)
            try await driver.write("ep/a") { _ in "1" }
            await driver.shutdown()
        }
        try await office.server.stop()
    }

    @Test func `says that credentials are refused: expired, another user's, another account's, or missing`()
        async throws
    {
        let office = try await Office()
        let (user, other) = (NKey(.user), NKey(.user))
        let stranger = NKey(.account).token(about: user.name, Office.userClaims)
        let files = [
            Self.credentials(office.token(for: user, expires: -5), user.seed),
            Self.credentials(office.token(for: user), other.seed), Self.credentials(stranger, user.seed),
        ]
        for (index, text) in files.enumerated() {
            let path = try office.file("\(index).creds", text)
            try await expectRefusal(office.server.address + "?creds=\(path)", "refuses the user, password, token")
        }
        try await expectRefusal(office.server.address, "refuses the user, password, token or credentials in --store")
        try await expectRefusal(
            office.server.address + "?creds=/nowhere/user.creds",
            "The file '/nowhere/user.creds' of the parameter 'creds' in --store can't be read: No such file")
        let empty = try office.file("empty.creds", "")
        try await expectRefusal(office.server.address + "?creds=\(empty)", "127.0.0.1:\(office.server.port)")
        try await office.server.stop()
    }

    @Test func `says that credentials have expired while it runs, and continues with new ones in the same file`()
        async throws
    {
        let office = try await Office()
        let user = NKey(.user)
        let path = try office.file("user.creds", Self.credentials(office.token(for: user, expires: 3), user.seed))
        let driver = try await open(office.server.address + "?creds=\(path)")
        try await driver.write("ep/a") { _ in "1" }
        try await eventually("the refusal is reported") {
            await driver.health().problem?.contains("refuses the user, password, token or credentials") == true
        }
        let error = await #expect(throws: DriverError.self) { _ = try await driver.value("ep/a") }
        #expect(error?.kind == .unavailable)
        _ = try office.file("user.creds", Self.credentials(office.token(for: user), user.seed))
        try await eventually("the new ones are used") { await driver.health().problem == nil }
        #expect(try await driver.value("ep/a") == "1")
        await driver.shutdown()
        try await office.server.stop()
    }

    @Test(arguments: NATSServer.Version.allCases)
    func `signs in with an NKey, and says if it can't`(_ version: NATSServer.Version) async throws {
        let folder = try TemporaryFolder()
        let user = NKey(.user)
        let server = try await NATSServer.start(
            version, in: folder, "authorization { users: [{ nkey: \(user.name) }] }")
        let path = "\(folder.path)/user.nk"
        try Data(user.seed.utf8).write(to: URL(filePath: path))
        let driver = try await open(server.address + "?nkey=\(user.name)&seed=\(path)")
        try await driver.write("ep/a") { _ in "1" }
        await driver.shutdown()
        try await expectRefusal(server.address + "?nkey=\(NKey(.user).name)&seed=\(path)", "refuses the user")
        try Data(NKey(.user).seed.utf8).write(to: URL(filePath: path))
        try await expectRefusal(server.address + "?nkey=\(user.name)&seed=\(path)", "refuses the user")
        try await server.stop()
    }

    private static func credentials(_ token: String, _ seed: String?) -> String {
        let first = "-----BEGIN NATS USER JWT-----\n\(token)\n------END NATS USER JWT------\n"
        return first + (seed.map { "\n-----BEGIN USER NKEY SEED-----\n\($0)\n------END USER NKEY SEED------\n" } ?? "")
    }
}

/// An operator and an account, and a server that trusts them.
private struct Office {
    static let userClaims = #"{"pub":{},"sub":{},"subs":-1,"data":-1,"payload":-1,"type":"user","version":2}"#

    let server: NATSServer
    private let folder: TemporaryFolder
    private let account = NKey(.account)

    init() async throws {
        folder = try TemporaryFolder()
        let (owner, system) = (NKey(.operator), NKey(.account))
        let operatorToken = owner.token(
            about: owner.name,
            #"{"system_account":"\#(system.name)","type":"operator","version":2}"#)
        let limits = """
            "subs":-1,"data":-1,"payload":-1,"imports":-1,"exports":-1,"wildcards":true,"conn":-1,"leaf":-1
            """
        let storage = #","mem_storage":-1,"disk_storage":-1,"streams":-1,"consumer":-1"#
        let accountToken = owner.token(
            about: account.name, #"{"limits":{\#(limits)\#(storage)},"type":"account","version":2}"#)
        let systemToken = owner.token(
            about: system.name, #"{"limits":{\#(limits)},"type":"account","version":2}"#)
        server = try await NATSServer.start(
            .newest, in: folder,
            """
            operator: \(operatorToken)
            system_account: \(system.name)
            resolver: MEMORY
            resolver_preload: { \(account.name): \(accountToken), \(system.name): \(systemToken) }
            """)
    }

    /// A user's JWT.
    func token(for user: NKey, expires: Int? = nil) -> String {
        account.token(about: user.name, Self.userClaims, expires: expires)
    }

    /// Writes a file, and returns its path.
    func file(_ name: String, _ text: String) throws -> String {
        let path = "\(folder.path)/\(name)"
        try Data(text.utf8).write(to: URL(filePath: path), options: .atomic)
        return path
    }
}
