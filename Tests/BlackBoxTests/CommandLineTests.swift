import Glibc
import TestSupport
import Testing

/// How the program is called, and its exit codes.
@Suite(.timeLimit(.minutes(2)))
struct CommandLineTests {
    struct Call: Sendable, CustomTestStringConvertible {
        let testDescription: String
        var arguments: [String]
        var environment: [String: String] = [:]
        var code: Int32 = 2
        var says: [String] = []
    }

    private static let calls = [
        Call(testDescription: "--version prints the version", arguments: ["--version"], code: 0, says: ["0."]),
        Call(
            testDescription: "--help lists the options and names the variables' form", arguments: ["serve", "--help"],
            code: 0,
            says: [
                "--host", "--port", "--store", "memory:", "rocksdb:", "nestkv help stores", "--log-level",
                "NESTKV_LOG_LEVEL", "--cors-origins", "--max-value-size", "--help-hidden",
            ]),
        Call(
            testDescription: "an unknown option is named", arguments: ["serve", "--prot", "1"],
            says: ["--prot", "--port"]),
        Call(testDescription: "an unknown command is named", arguments: ["sevre"], says: ["sevre"]),
        Call(
            testDescription: "an option without its value is named", arguments: ["serve", "--port"], says: ["--port"]),
        Call(
            testDescription: "an unknown scheme names the known ones",
            arguments: ["serve", "--port", "0", "--store", "etcd://localhost"], says: ["etcd", "rocksdb:", "memory:"]),
        Call(
            testDescription: "a store without a scheme says how to write it",
            arguments: ["serve", "--port", "0", "--store", "./data"], says: ["./data", "rocksdb:"]),
        Call(
            testDescription: "an unknown parameter of the store names the known ones",
            arguments: ["serve", "--port", "0", "--store", "rocksdb:/nowhere?snyc=off"], says: ["snyc", "sync"]),
        Call(
            testDescription: "a parameter that a store doesn't take is refused",
            arguments: ["serve", "--port", "0", "--store", "memory:?sync=off"], says: ["sync"]),
        Call(
            testDescription: "an invalid value of a parameter is refused",
            arguments: ["serve", "--port", "0", "--store", "rocksdb:/nowhere?sync=maybe"], says: ["maybe"]),
        Call(
            testDescription: "an invalid port is refused, and its variable named", arguments: ["serve"],
            environment: ["NESTKV_PORT": "http"], says: ["NESTKV_PORT", "http"]),
        Call(
            testDescription: "a port out of range is refused", arguments: ["serve", "--port", "65536"],
            says: ["--port", "65535"]),
        Call(
            testDescription: "an invalid log level is refused, and the levels named",
            arguments: ["serve", "--port", "0", "--store", "memory:", "--log-level", "loud"],
            says: ["loud", "warning"]),
        Call(
            testDescription: "an invalid size is refused",
            arguments: ["serve", "--port", "0", "--store", "memory:", "--max-value-size", "1MB"],
            says: ["1MB", "1MiB"]),
        Call(
            testDescription: "an invalid duration is refused",
            arguments: ["serve", "--port", "0", "--store", "memory:", "--idle-timeout", "soon"], says: ["soon", "30s"]),
        Call(
            testDescription: "an entry point that begins with _ is reserved",
            arguments: ["serve", "--port", "0", "--store", "memory:", "--entry-points", "ok,_x"],
            says: ["--entry-points is '_x'", "begin with '_'"]),
        Call(
            testDescription: "an entry point is one segment",
            arguments: ["serve", "--port", "0", "--store", "memory:", "--entry-points", "a/b"], says: ["'a/b'", "'/'"]),
        Call(
            testDescription: "an entry point that no path can name is refused",
            arguments: ["serve", "--port", "0", "--store", "memory:"], environment: ["NESTKV_ENTRY_POINTS": "a,.."],
            says: ["NESTKV_ENTRY_POINTS is '..'"]),
        Call(
            testDescription: "an origin with a path is refused",
            arguments: ["serve", "--port", "0", "--store", "memory:", "--cors-origins", "https://a/"],
            says: ["--cors-origins is 'https://a/'", "not even '/'"]),
        Call(
            testDescription: "an origin in upper case is refused",
            arguments: ["serve", "--port", "0", "--store", "memory:", "--cors-origins", "https://b,https://A"],
            says: ["'https://A'", "lower case"]),
        Call(
            testDescription: "an origin with its scheme's port is refused",
            arguments: ["serve", "--port", "0", "--store", "memory:", "--cors-origins", "https://a:443"],
            says: ["'https://a:443'", "port"]),
        Call(
            testDescription: "an origin without a scheme is refused",
            arguments: ["serve", "--port", "0", "--store", "memory:", "--cors-origins", "app.example"],
            says: ["'app.example'"]),
        Call(
            testDescription: "an allowed host has no scheme and no port",
            arguments: ["serve", "--port", "0", "--store", "memory:", "--allowed-hosts", "a.example,b.example:80"],
            says: ["--allowed-hosts is 'b.example:80'", "without scheme and port"]),
        Call(
            testDescription: "an address of another machine is refused",
            arguments: ["serve", "--port", "0", "--store", "memory:", "--host", "192.0.2.1"], code: 1,
            says: ["192.0.2.1"]),
    ]

    @Test(arguments: calls)
    func `a call ends with its exit code and says what it should`(_ call: Call) async throws {
        let (status, output, errors) = try await ServiceProcess.run(call.arguments, environment: call.environment)
        #expect(status == .exit(call.code), "\(output)\(errors)")
        let said = call.code == 0 ? output : errors
        for text in call.says { #expect(said.contains(text), "'\(text)' is not in: \(said)") }
        #expect(call.code == 0 ? errors.isEmpty : output.isEmpty, "it wrote to the wrong stream: \(output)\(errors)")
    }

    // Sent: NESTKV_PORT= and all others empty, as compose files set them. Came back: exit code 2. Should: the default.
    @Test func `an empty environment variable is not set`() async throws {
        let names = [
            "MAX_VALUE_SIZE", "LOG_LEVEL", "ENTRY_POINTS", "CORS_ORIGINS", "ALLOWED_HOSTS", "KEEP_ALIVE", "THREADS",
        ]
        let environment = Dictionary(uniqueKeysWithValues: names.map { ("NESTKV_\($0)", "") })
        try await withService(environment: environment) { service in
            let capabilities = try await service.client().send("GET", "/_capabilities")
            #expect(try capabilities.part("/limits/valueBytes") == .integer(1 << 20))
        }
    }

    // Called: nestkv put /e/n -5. Came back: Unknown option '-5'. Should: the number is stored.
    @Test(arguments: [["-5"], ["-5", "--quiet"], ["--quiet", "-0.5e1"], ["--", "-5"]])
    func `a negative number is a value`(_ words: [String]) async throws {
        try await withService { service in
            let environment = ["NESTKV_SERVER": "http://127.0.0.1:\(service.port)"]
            let (status, _, errors) = try await ServiceProcess.run(["put", "/e/n"] + words, environment: environment)
            #expect(status == .exit(0), "\(errors)")
            #expect(try await service.client().send("GET", "/e/n").text.first == "-")
        }
    }

    @Test func `an IPv6 address is logged as a URL, with brackets given or not`() async throws {
        for host in ["::1", "[::1]"] {
            let port = try freePort()
            let process = try ServiceProcess.spawn(["serve", "--store", "memory:", "--host", host, "--port", "\(port)"])
            try await onThread {
                for _ in 0..<2000 where !process.errors.text.contains("listens on") && process.poll() == nil {
                    usleep(5000)
                }
            }
            #expect(process.errors.text.contains("listens on http://[::1]:\(port) "), "\(process.errors.text)")
            let environment = ["NESTKV_HOST": host, "NESTKV_PORT": "\(port)"]
            #expect(try await ServiceProcess.run(["health"], environment: environment).status == .exit(0))
            process.signal(15)
            #expect(try await process.wait(seconds: 20) == .exit(0))
        }
    }

    @Test func `a port in use is exit code 1`() async throws {
        try await withService { service in
            let arguments = ["serve", "--port", "\(service.port)", "--store", "memory:"]
            let (status, _, errors) = try await ServiceProcess.run(arguments)
            #expect(status == .exit(1))
            #expect(errors.contains("\(service.port)"), "\(errors)")
        }
    }

    @Test func `a second process on the same folder is exit code 1, and the first one continues`() async throws {
        let place = try await StoreKind.rocksdb.place()
        let address = place.address
        let service = try await ServiceProcess.start(store: address)
        let (status, _, errors) = try await ServiceProcess.run(["serve", "--port", "0", "--store", address])
        #expect(status == .exit(1))
        #expect(errors.contains(place.folder.path), "\(errors)")
        #expect(try await service.client().send("PUT", "/a/b", body: "1").status == 201)
        #expect(try await service.stop() == .exit(0))
    }

    @Test func `a folder that can't be created is exit code 1`() async throws {
        let (status, _, errors) = try await ServiceProcess.run([
            "serve", "--port", "0", "--store", "rocksdb:/dev/null/x",
        ])
        #expect(status == .exit(1))
        #expect(errors.contains("/dev/null/x"), "\(errors)")
    }

    @Test func `every option is an environment variable, and the command line wins`() async throws {
        let environment = [
            "NESTKV_PORT": "1", "NESTKV_ENTRY_POINTS": "ep1, ep2", "NESTKV_MAX_VALUE_SIZE": "64KiB", "NESTKV_PROT": "2",
            "NESTKV_MAX_KEY_SEGMENTS": "3", "NESTKV_HISTORY": "2",
        ]
        try await withService(.memory, ["--max-key-segments", "4"], environment: environment) { service in
            let client = service.client()
            let capabilities = try await client.send("GET", "/_capabilities")
            #expect(try capabilities.part("/limits/valueBytes") == .integer(65_536))
            #expect(try capabilities.part("/limits/keySegments") == .integer(4))
            #expect(try capabilities.part("/stores/0/historyDepth") == .integer(2))
            #expect(try await client.send("PUT", "/ep1/a/b/c", body: "1").status == 201)
            #expect(try await client.send("PUT", "/ep1/a/b/c/d", body: "1").status == 414)
            let refused = try await client.send("PUT", "/ep3/a", body: "1")
            #expect(refused.status == 404)
            #expect(try refused.part("/code") == .string("unknown-entry-point"))
            #expect(refused.text.contains("ep1, ep2"))
            _ = try await service.logLine(with: "NESTKV_PROT")
        }
    }

    @Test func `--history limits the versions of a leaf: older ones are gone`() async throws {
        for store in StoreKind.tested {
            try await withService(store, ["--history", "2"]) { service in
                let client = service.client()
                for number in 1...5 { _ = try await client.send("PUT", "/a/b", body: "\(number)") }
                #expect(try await client.send("GET", "/a/b?version=5").text == "5")
                #expect(try await client.send("GET", "/a/b?version=3").text == "3")
                let gone = try await client.send("GET", "/a/b?version=2")
                #expect(gone.status == 410)
                #expect(try gone.part("/code") == .string("gone"))
                let history = try await client.send("GET", "/a/b?history")
                #expect(try history.part("/2/version") == .integer(3))
                #expect(try history.part("/3") == nil)
            }
        }
    }

    @Test func `a composed reply is limited, and a smaller part can be read`() async throws {
        for store in StoreKind.tested {
            try await withService(store, ["--max-reply-size", "64KiB"]) { service in
                let client = service.client()
                let text = "\"" + String(repeating: "x", count: 40_000) + "\""
                for name in ["x", "y"] { _ = try await client.send("PUT", "/a/\(name)", body: text) }
                let reply = try await client.send("GET", "/a")
                #expect(reply.status == 422)
                #expect(try reply.part("/code") == .string("subtree-too-large"))
                #expect(try reply.part("/limit") == .integer(65_536))
                #expect(try await client.send("GET", "/a/x").status == 200)
            }
        }
    }

    @Test func `the limit of open files is raised, and a limit that is too low is logged`() async throws {
        let options = ["--max-connections", "1000000", "--max-streams", "1000000"]
        try await withService(.memory, options) { service in
            let limits = String(decoding: try contents(ofFile: "/proc/\(service.id)/limits"), as: UTF8.self)
            let line = limits.split(separator: "\n").first { $0.hasPrefix("Max open files") } ?? ""
            let numbers = line.split(separator: " ").dropFirst(3)
            #expect(numbers.first != nil && numbers.first == numbers.dropFirst().first)
            #expect(try await service.logLine(with: "2001024").contains("warning the limit of open files is"))
        }
    }
}
