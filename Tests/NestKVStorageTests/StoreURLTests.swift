import MicroJSON
import MicroText
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
    func `an address has a scheme, a rest and parameters`(
        _ text: String, _ scheme: String, _ rest: String, _ parameters: [String]
    ) throws {
        let url = try StoreURL(text)
        #expect(url.scheme == scheme && url.rest == rest)
        #expect(url.parameters.map { "\($0.name)=\($0.value)" } == parameters)
    }

    @Test(arguments: ["", "data", "./data", ":x", "rocksdb:x?sync"])
    func `a text that is no address is refused`(_ text: String) {
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
        let known = try StoreURL("rocksdb:x?sync=off").parameters(known: [StoreParameter("sync", "")])
        #expect(known["sync"] == "off" && known["cache"] == nil)
    }

    @Test func `parameters are read by the grammars of all texts`() throws {
        let names = ["rescan", "timeout", "cache", "sync", "replicas"].map { StoreParameter($0, "") }
        let url = try StoreURL("x:?rescan=1h&timeout=2&cache=0&sync=maybe")
        let parameters = try url.parameters(known: names)
        #expect(try parameters.read("rescan", .duration()) == .seconds(3600))
        #expect(try parameters.read("timeout", .duration()) == .seconds(2))
        #expect(try parameters.read("cache", .size(from: 0)) == 0)
        #expect(try parameters.read("replicas", .number(in: 0...64)) == nil)
        let error = #expect(throws: DriverError.self) { try parameters.read("sync", .onOrOff) }
        #expect(error?.kind == .address)
        #expect(error?.message == "The parameter 'sync' of --store is 'maybe'; it must be 'on' or 'off'.")
    }

    @Test func `a member of JSON is read as a text`() throws {
        func plainText(_ json: String) throws -> String? {
            JSONValue(try JSONText(parsing: Array(json.utf8))).plainText
        }
        #expect(try plainText(#""5m""#) == "5m")
        #expect(try plainText("3e1") == "30" && plainText("-0.50") == "-0.5")
        #expect(try plainText("true") == "true")
        #expect(try plainText("null") == nil && plainText("{}") == nil && plainText("[1]") == nil)
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
