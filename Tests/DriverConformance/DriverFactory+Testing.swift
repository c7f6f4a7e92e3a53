import NestKVStorage

extension DriverFactory {
    /// Runs a body with an opened store, which is shut down afterwards, also if the body throws.
    public func withDriver<Result>(
        at address: String, _ options: DriverOptions = .conformance, _ body: (any Driver) async throws -> Result
    ) async throws -> Result {
        let driver = try await open(StoreURL(address), options)
        do {
            let result = try await body(driver)
            await driver.shutdown()
            return result
        } catch {
            await driver.shutdown()
            throw error
        }
    }

    /// Runs a promise's body on a store that can be opened again.
    public func withSubject(
        at address: String, root: Key = Key(["test".utf8]), _ options: DriverOptions,
        _ body: (Subject) async throws -> Void
    ) async throws {
        try await withDriver(at: address, options) { driver in
            let subject = Subject(driver: driver, root: root) {
                await driver.shutdown()
                return try await open(StoreURL(address), options)
            }
            try await body(subject)
        }
    }
}
