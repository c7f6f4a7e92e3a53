import DriverConformance
import MemoryDriver
import NestKVCore
import Testing

@Suite("The memory driver", .timeLimit(.minutes(1)))
struct MemoryDriverTests {
    static let harness = Harness { options, body in
        let driver = try await DriverFactory.memory.open(StoreURL("memory:"), options)
        try await body(Subject(driver: driver, reopen: nil))
        await driver.shutdown()
    }

    @Test("keeps its promises", arguments: Promise.all)
    func keepsPromise(_ promise: Promise) async throws {
        try await promise.check(with: Self.harness)
    }

    @Test("takes no place and no parameters", arguments: ["memory:/data", "memory:?sync=off", "memory://host"])
    func refusesURL(_ text: String) async throws {
        let error = await #expect(throws: DriverError.self) {
            try await DriverFactory.memory.open(StoreURL(text), .conformance)
        }
        #expect(error?.kind == .address)
    }

    @Test("wakes those who wait when it is shut down")
    func shutdownWakes() async throws {
        let driver = try await DriverFactory.memory.open(StoreURL("memory:"), .conformance)
        async let waiting: Void = driver.waitForChange(in: .store, after: 1000)
        try await Task.sleep(for: .milliseconds(20))
        await driver.shutdown()
        try await waiting
    }
}
