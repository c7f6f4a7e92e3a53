import DriverConformance
import MemoryDriver
import NestKVStorage
import Testing

@Suite("The memory driver", .timeLimit(.minutes(1)))
struct MemoryDriverTests {
    static let harness = Harness { options, body in
        try await DriverFactory.memory.withDriver(at: "memory:", options) { driver in
            try await body(Subject(driver: driver, reopen: nil))
        }
    }

    @Test(arguments: Promise.all)
    func `keeps its promises`(_ promise: Promise) async throws {
        try await promise.check(with: Self.harness)
    }

    @Test(arguments: ["memory:/data", "memory:?sync=off", "memory://host"])
    func `takes no place and no parameters`(_ text: String) async throws {
        let error = await #expect(throws: DriverError.self) {
            try await DriverFactory.memory.open(StoreURL(text), .conformance)
        }
        #expect(error?.kind == .address)
    }

    @Test func `wakes waiting tasks when it is shut down`() async throws {
        let driver = try await DriverFactory.memory.open(StoreURL("memory:"), .conformance)
        async let waiting: Void = driver.waitForChange(in: .store, after: 1000)
        try await Task.sleep(for: .milliseconds(20))
        await driver.shutdown()
        try await waiting
    }

    @Test func `keeps no more subtrees than permitted`() async throws {
        let driver = try await DriverFactory.memory.open(StoreURL("memory:"), .conformance)
        let value = "\"\(String(repeating: "x", count: 1 << 20))\""
        let everything = Reach(ancestors: true, leavesBelow: 10, bytesBelow: 4 << 20)
        var kept: [Weak] = []
        for index in 0..<40 {
            try await driver.put(["test", "\(index)", "x"], value)
            let node = try await driver.node(Key(["test", "\(index)"].map(\.utf8)), everything)
            kept.append(Weak(subtree: node.subtree))
        }
        let count = kept.count(where: { $0.subtree != nil })
        #expect(count > 4 && count <= 16, "\(count) of 2 MiB each are kept")
        await driver.shutdown()
    }

    private struct Weak {
        weak var subtree: Subtree?
    }
}
