import NestKVStorage
import Testing

/// Addresses of stores.
@Suite(.timeLimit(.minutes(1)))
struct StoreURLTests {
    @Test(arguments: [
        ("memory:", "memory", "", [String]()), ("rocksdb:./data", "rocksdb", "./data", []),
        ("RocksDB:/var/lib/x?sync=off", "rocksdb", "/var/lib/x", ["sync=off"]),
        ("redis://u:p@host:6379/0?a=1&b=x=y&c=", "redis", "//u:p@host:6379/0", ["a=1", "b=x=y", "c="]),
        ("rocksdb:C:/x", "rocksdb", "C:/x", []), ("memory:?", "memory", "", []),
    ])
    func reads(_ text: String, _ scheme: String, _ rest: String, _ parameters: [String]) throws {
        let url = try StoreURL(text)
        #expect(url.scheme == scheme && url.rest == rest)
        #expect(url.parameters.map { "\($0.name)=\($0.value)" } == parameters)
    }

    @Test(arguments: ["", "data", "./data", ":x", "rocksdb:x?sync"])
    func refuses(_ text: String) {
        let error = #expect(throws: DriverError.self) { try StoreURL(text) }
        #expect(error?.kind == .address)
    }

    @Test func `unknown and duplicate parameters are refused, and the known ones are listed`() throws {
        let url = try StoreURL("rocksdb:x?sync=off&sync=on")
        let unknown = #expect(throws: DriverError.self) { try url.parameters(known: [StoreParameter("cache", "")]) }
        #expect(unknown?.kind == .address && unknown?.message.contains("cache") == true)
        #expect(throws: DriverError.self) { try url.parameters(known: [StoreParameter("sync", "")]) }
        let none = #expect(throws: DriverError.self) { try StoreURL("memory:?x=1").parameters(known: []) }
        #expect(none?.message.contains("has no parameters") == true)
        #expect(try StoreURL("rocksdb:x?sync=off").parameters(known: [StoreParameter("sync", "")]) == ["sync": "off"])
    }

    @Test func `a password is never shown`() throws {
        let shown = try StoreURL("redis://alice:se:c@ret@host:6379/0?db=1").description
        #expect(!shown.contains("se:c") && !shown.contains("ret@"))
        #expect(shown.contains("alice") && shown.contains("host:6379") && shown.contains("db=1"))
        #expect(try StoreURL("redis://:secret@host").description == "redis://:***@host")
        #expect(try StoreURL("nats://token@host,other").description == "nats://***@host,other")
        #expect(try StoreURL("redis://alice:secret@host").description == "redis://alice:***@host")
        let error = #expect(throws: DriverError.self) { try StoreURL("redis://:sec?ret@host") }
        #expect(error?.message.contains("%3F") == true && error?.message.contains("ret") == false)
        #expect(try StoreURL("rocksdb:./a@b").description == "rocksdb:./a@b")
    }
}
