import FoundationEssentials
import NATSDriver
import NestKVStorage
import TestSupport
import Testing

@Suite("Over TLS, the NATS driver", .timeLimit(.minutes(1)))
struct TLSTests {
    @Test func `trusts a server by its certificate, and says if it can't be trusted`() async throws {
        let folder = try TemporaryFolder()
        let authority = try await Authority("authority", in: folder)
        let stranger = try await Authority("stranger", in: folder)
        try await authority.sign("server", "DNS:localhost,IP:127.0.0.1")
        let server = try await NATSServer.start(
            .newest, in: folder,
            "tls { cert_file: \"\(folder.path)/server.pem\", key_file: \"\(folder.path)/server.key\" }")
        let port = server.port
        for (host, query) in [("localhost", ""), ("127.0.0.1", "&tls=on"), ("127.0.0.1", "&hostname=localhost")] {
            let driver = try await open("nats://\(host):\(port)?ca=\(authority.certificate)\(query)")
            try await driver.write("ep/a") { _ in "1" }
            await driver.shutdown()
        }
        for query in ["", "?tls=on", "?ca=\(stranger.certificate)"] {
            try await expectRefusal(
                "nats://localhost:\(port)\(query)",
                "The certificate of the NATS server at localhost:\(port) is not signed by a trusted authority")
        }
        try await expectRefusal(
            "nats://localhost:\(port)?ca=\(authority.certificate)&hostname=nats.example", "is for another host")
        try await expectRefusal(
            "nats://localhost:\(port)?ca=/nowhere/ca.pem",
            "The file '/nowhere/ca.pem' of the parameter 'ca' in --store can't be read: No such file")
        try await expectRefusal("nats://localhost:\(port)?ca=\(folder.path)/server.key", "Check 'ca', 'cert' and 'key'")
        try await server.stop()
    }

    @Test func `refuses a server whose certificate is for another host`() async throws {
        let folder = try TemporaryFolder()
        let authority = try await Authority("authority", in: folder)
        try await authority.sign("server", "DNS:nats.example")
        let server = try await NATSServer.start(
            .newest, in: folder,
            "tls { cert_file: \"\(folder.path)/server.pem\", key_file: \"\(folder.path)/server.key\" }")
        let port = server.port
        for host in ["localhost", "127.0.0.1"] {
            try await expectRefusal(
                "nats://\(host):\(port)?ca=\(authority.certificate)",
                "The certificate of the NATS server at \(host):\(port) is for another host")
        }
        let driver = try await open("nats://127.0.0.1:\(port)?ca=\(authority.certificate)&hostname=nats.example")
        try await driver.write("ep/a") { _ in "1" }
        await driver.shutdown()
        try await server.stop()
    }

    @Test(arguments: NATSServer.Version.allCases)
    func `shows its own certificate to a server that requires one`(_ version: NATSServer.Version) async throws {
        let folder = try TemporaryFolder()
        let authority = try await Authority("authority", in: folder)
        let stranger = try await Authority("stranger", in: folder)
        try await authority.sign("server", "DNS:localhost")
        try await authority.sign("client", "email:nestkv@nats.example")
        try await stranger.sign("other", "email:nestkv@nats.example")
        let server = try await NATSServer.start(
            version, in: folder,
            """
            tls { cert_file: "\(folder.path)/server.pem", key_file: "\(folder.path)/server.key"
              ca_file: "\(authority.certificate)", verify: true }
            """)
        let address = "nats://localhost:\(server.port)?ca=\(authority.certificate)"
        func own(_ certificate: String, _ key: String) -> String {
            "&cert=\(folder.path)/\(certificate).pem&key=\(folder.path)/\(key).key"
        }
        let driver = try await open(address + own("client", "client"))
        try await driver.write("ep/a") { _ in "1" }
        await driver.shutdown()
        for query in ["", own("other", "other")] {
            try await expectRefusal(
                address + query, "requires client certificates, name a certificate that it trusts as 'cert' and 'key'")
        }
        try await expectRefusal(address + own("client", "other"), "Check 'ca', 'cert' and 'key' in --store")
        try await server.stop()
    }

    @Test func `says that a server has no TLS`() async throws {
        let server = try await NATSServer.start(.newest)
        try await expectRefusal(server.address + "?tls=on", "has no TLS: remove 'tls', 'ca', 'cert' and 'key'")
        try await server.stop()
    }
}

/// An authority that signs certificates, made by `openssl` in a folder of a test.
private struct Authority {
    private let folder: String
    private let name: String

    /// The file with its own certificate.
    var certificate: String { "\(folder)/\(name).pem" }

    init(_ name: String, in folder: TemporaryFolder) async throws {
        self.name = name
        self.folder = folder.path
        try await Self.openssl(
            "req", "-x509", "-newkey", "ed25519", "-nodes", "-days", "2", "-subj", "/CN=\(name)", "-keyout",
            "\(self.folder)/\(name).key", "-out", certificate)
    }

    /// Makes a certificate and its key: `who.pem`, `who.key`.
    func sign(_ who: String, _ names: String) async throws {
        let (request, extensions) = ("\(folder)/\(who).csr", "\(folder)/\(who).ext")
        try Data("subjectAltName=\(names)\n".utf8).write(to: URL(filePath: extensions))
        try await Self.openssl(
            "req", "-newkey", "ed25519", "-nodes", "-subj", "/CN=\(who)", "-keyout", "\(folder)/\(who).key", "-out",
            request)
        try await Self.openssl(
            "x509", "-req", "-in", request, "-CA", certificate, "-CAkey", "\(folder)/\(name).key", "-CAcreateserial",
            "-days", "2", "-extfile", extensions, "-out", "\(folder)/\(who).pem")
    }

    private static func openssl(_ arguments: String...) async throws {
        let program = try installedProgram("NESTKV_OPENSSL", ["/usr/bin/openssl"])
        let (status, _, errors) = try await run([program] + arguments, seconds: 20)
        guard status == .exit(0) else { throw TestFailure("openssl \(arguments): \(errors)") }
    }
}
