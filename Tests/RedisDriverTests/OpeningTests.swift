import DriverConformance
import Glibc
import NestKVStorage
import RedisDriver
import TestSupport
import Testing

@Suite("A Redis store is opened", .serialized, .timeLimit(.minutes(2)))
struct OpeningTests {
    @Test(arguments: [
        ("redis:", "redis://HOST"), ("redis://", "no host"), ("redis://h:x", "not a port"),
        ("redis://h:0", "not a port"),
        ("redis://h/x", "The database in 'redis://h/x' is 'x'"), ("redis://h?db=-1", "from 0 to 1000000"),
        ("redis://h?prefix=a:b", "prefix"),
        ("redis://h?separator=ab", "separator"), ("redis://h?sync=off", "timeout"),
        ("redis://h?timeout=soon", "timeout"), ("redis://h?rescan=0s", "a duration like 500ms"),
        ("redis://h?replicas=two", "replicas"),
        ("redis://user@h", "password"), ("unix:redis.sock", "absolute"),
        ("rediss://h", "TLS"),
    ])
    func `only with a valid address`(_ text: String, _ says: String) async throws {
        let error = await #expect(throws: DriverError.self) {
            try await DriverFactory.redis.open(StoreURL(text), .conformance)
        }
        #expect(error?.kind == .address)
        #expect(error?.message.contains(says) == true, "\(error?.message ?? "")")
    }

    private func refusal(_ url: String, _ says: String) async throws {
        let error = await #expect(throws: DriverError.self) {
            try await DriverFactory.redis.open(StoreURL(url), .conformance)
        }
        #expect(error?.kind == .configuration)
        #expect(error?.message.contains(says) == true, "\(error?.message ?? "")")
    }

    @Test func `only if a server runs`() async throws {
        let port = try freePort()
        try await refusal("redis://127.0.0.1:\(port)", "127.0.0.1:\(port) can't be reached: Connection refused")
        try await refusal("unix:/nowhere/redis.sock", "/nowhere/redis.sock can't be reached")
    }

    @Test func `with user and password, and reports what is wrong with them`() async throws {
        let server = try await RedisServer.start(["--save", "", "--requirepass", "p@ss"])
        let address = "127.0.0.1:\(server.port)"
        try await refusal("redis://\(address)", "requires a password")
        try await refusal("redis://:wrong@\(address)", "refuses the password")
        try await refusal("redis://bob:wrong@\(address)", "refuses the user 'bob'")
        try await refusal("redis://:p%40ss@\(address)/99", "no database 99")
        try await server.cli([
            "-a", "p@ss", "--no-auth-warning", "ACL", "SETUSER", "bob", "on", ">b", "~*", "&*", "+@all",
        ])
        for login in [":p%40ss", "default:p%40ss", "bob:b"] {
            let driver = try await DriverFactory.redis.open(StoreURL("redis://\(login)@\(address)"), .conformance)
            try await driver.put(["a", "b"], "1")
            await driver.shutdown()
        }
    }

    @Test func `if the user has the needed permissions; otherwise they are listed`() async throws {
        let server = try await RedisServer.start()
        for (user, rules) in [
            ("keys", ["~ep1:*", "&*", "+@all"]), ("scripts", ["~*", "&*", "+@all", "-@scripting"]),
            ("writes", ["~*", "&*", "+@all", "-@write"]), ("channels", ["~*", "resetchannels", "+@all"]),
        ] {
            try await server.cli(["ACL", "SETUSER", user, "on", ">p"] + rules)
            try await refusal("redis://\(user):p@127.0.0.1:\(server.port)", "all keys (~*), all channels (&*)")
        }
        let rules = ["~*", "&*", "+@read", "+@write", "+@connection", "+@scripting", "+@pubsub", "+info", "+time"]
        try await server.cli(["ACL", "SETUSER", "enough", "on", ">p"] + rules)
        let url = try StoreURL("redis://enough:p@127.0.0.1:\(server.port)")
        let driver = try await DriverFactory.redis.open(url, .conformance)
        try await server.cli("SET", "a:c", "2")
        try await driver.put(["a", "b"], "1")
        #expect(try await driver.texts("a") == ["/a/b": "1", "/a/c": "2"])
        await driver.shutdown()
    }

    @Test func `only by a server that answers, has room, and holds no data that this version can't read`() async throws
    {
        let server = try await RedisServer.start()
        let address = server.address
        server.signal(SIGSTOP)
        try await refusal(address + "?timeout=300ms", "doesn't answer within 0.3 seconds")
        server.signal(SIGCONT)
        try await server.cli("CONFIG", "SET", "maxclients", "1")
        try await refusal(address, "max number of clients reached")
        let other = try await RedisServer.start()
        try await other.cli("HSET", "nestkv:meta", "nestkv:state", "5 0 0 2 abc 0 0")
        try await refusal(other.address, "has format 2")
        #expect(try await other.cli("HGET", "nestkv:meta", "nestkv:state") == "5 0 0 2 abc 0 0")
        try await other.cli("SET", "nestkv:meta", "x")
        try await refusal(other.address, "no other program uses the prefix 'nestkv:'")
    }

    @Test func `over a Unix socket, in any database`() async throws {
        let server = try await RedisServer.start()
        for scheme in ["unix:", "redis+unix://"] {
            let url = try StoreURL("\(scheme)\(server.socketPath)?db=3")
            let driver = try await DriverFactory.redis.open(url, .conformance)
            try await driver.put(["a", "b"], "1")
            #expect(try await server.cli("-n", "3", "GET", "a:b") == "1")
            await driver.shutdown()
        }
    }

    @Test func `on a single server or a primary, not on a cluster or a replica`() async throws {
        let cluster = try await RedisServer.start([
            "--save", "", "--cluster-enabled", "yes", "--cluster-port", "\(freePort())",
        ])
        try await refusal(cluster.address, "Cluster")
        let primary = try await RedisServer.start()
        let replica = try await RedisServer.start(["--save", "", "--replicaof", "127.0.0.1 \(primary.port)"])
        try await refusal(replica.address, "127.0.0.1:\(primary.port)")
        let driver = try await primary.open()
        try await driver.put(["a", "b"], "1")
        try await eventually("the replica has it") { try await replica.cli("GET", "a:b") == "1" }
        await driver.shutdown()
    }

    @Test(arguments: [
        (["--save", "", "--appendonly", "no"], Durability.memory), (["--save", "60 1"], .buffered),
        (["--save", "", "--appendonly", "yes"], .buffered),
        (["--save", "", "--appendonly", "yes", "--appendfsync", "always"], .fsynced),
        (["--appendonly", "yes", "--appendfsync", "always", "--no-appendfsync-on-rewrite", "yes"], .buffered),
    ])
    func `and reports how durable it is`(_ options: [String], _ expected: Durability) async throws {
        let server = try await RedisServer.start(options)
        let driver = try await server.open()
        #expect(driver.capabilities.durability == expected)
        #expect(try await driver.put(["a", "b"], "1").durability == expected)
        await driver.shutdown()
    }

    @Test func `and refuses writes if Redis is full, without doing half of them`() async throws {
        try await withDriver { server, driver in
            try await driver.put(["a", "old"], "1")
            let before = try await driver.node(
                Key(["a".utf8]), Reach(ancestors: false, leavesBelow: 10, bytesBelow: 100))
            try await server.cli("CONFIG", "SET", "maxmemory", "1mb")
            let changes = [
                Mutation.delete(.test(Key(["a".utf8, "old".utf8]), nil), replacing: before.below[0]),
                .set(.test(Key(["a".utf8, "new".utf8]), "2"), replacing: nil),
            ]
            let error = await #expect(throws: DriverError.self) {
                try await driver.commit(Transaction(expectations: [], changes: changes, readAt: before.revision))
            }
            #expect(error?.kind == .full)
            #expect(try await driver.texts("a") == ["/a/old": "1"])
            try await server.cli("CONFIG", "SET", "maxmemory", "0")
            _ = try await driver.commit(Transaction(expectations: [], changes: changes, readAt: before.revision))
            #expect(try await driver.texts("a") == ["/a/new": "2"])
        }
    }
}
