import TestSupport
import Testing

/// The rows of the HTTP interface's contract, each on every store.
@Suite(.sharedServices, .timeLimit(.minutes(3)))
struct InterfaceTests {
    @Test(arguments: StoreKind.tested, Scenario.paths)
    func paths(_ store: StoreKind, _ scenario: Scenario) async throws {
        try await scenario.run(on: SharedServices.service(store))
    }

    @Test(arguments: StoreKind.tested, Scenario.resolution)
    func resolution(_ store: StoreKind, _ scenario: Scenario) async throws {
        try await scenario.run(on: SharedServices.service(store))
    }

    @Test(arguments: StoreKind.tested, Scenario.writing)
    func writing(_ store: StoreKind, _ scenario: Scenario) async throws {
        try await scenario.run(on: SharedServices.service(store))
    }

    @Test(arguments: StoreKind.tested, Scenario.patching)
    func patching(_ store: StoreKind, _ scenario: Scenario) async throws {
        try await scenario.run(on: SharedServices.service(store))
    }

    @Test(arguments: StoreKind.tested, Scenario.removing)
    func removing(_ store: StoreKind, _ scenario: Scenario) async throws {
        try await scenario.run(on: SharedServices.service(store))
    }

    @Test(arguments: StoreKind.tested, Scenario.conditions)
    func conditions(_ store: StoreKind, _ scenario: Scenario) async throws {
        try await scenario.run(on: SharedServices.service(store))
    }

    @Test(arguments: StoreKind.tested, Scenario.versions)
    func versions(_ store: StoreKind, _ scenario: Scenario) async throws {
        try await scenario.run(on: SharedServices.service(store))
    }

    @Test(arguments: StoreKind.tested, Scenario.revisions)
    func revisions(_ store: StoreKind, _ scenario: Scenario) async throws {
        try await scenario.run(on: SharedServices.service(store))
    }

    @Test(arguments: StoreKind.tested, Scenario.spellings)
    func spellings(_ store: StoreKind, _ scenario: Scenario) async throws {
        try await scenario.run(on: SharedServices.service(store))
    }

    @Test(arguments: StoreKind.tested, Scenario.errors)
    func errors(_ store: StoreKind, _ scenario: Scenario) async throws {
        try await scenario.run(on: SharedServices.service(store))
    }

    @Test(arguments: StoreKind.tested, Scenario.live)
    func live(_ store: StoreKind, _ scenario: Scenario) async throws {
        try await scenario.run(on: SharedServices.service(store))
    }

    @Test(arguments: StoreKind.tested, Scenario.service)
    func service(_ store: StoreKind, _ scenario: Scenario) async throws {
        try await scenario.run(on: SharedServices.service(store))
    }

    @Test(arguments: StoreKind.tested, Scenario.listing)
    func listing(_ store: StoreKind, _ scenario: Scenario) async throws {
        try await scenario.run(on: SharedServices.service(store))
    }

    @Test(arguments: StoreKind.tested, Scenario.timeTravel)
    func timeTravel(_ store: StoreKind, _ scenario: Scenario) async throws {
        try await scenario.run(on: SharedServices.service(store))
    }

    @Test(arguments: StoreKind.tested, Scenario.payloads)
    func payloads(_ store: StoreKind, _ scenario: Scenario) async throws {
        try await scenario.run(on: SharedServices.service(store))
    }

    @Test(arguments: StoreKind.tested, Scenario.computing)
    func computing(_ store: StoreKind, _ scenario: Scenario) async throws {
        try await scenario.run(on: SharedServices.service(store))
    }

    @Test(arguments: StoreKind.tested, Scenario.expiring)
    func expiring(_ store: StoreKind, _ scenario: Scenario) async throws {
        try await scenario.run(on: SharedServices.service(store))
    }

    @Test(arguments: StoreKind.tested, Scenario.batching)
    func batching(_ store: StoreKind, _ scenario: Scenario) async throws {
        try await scenario.run(on: SharedServices.service(store))
    }

    @Test(arguments: StoreKind.tested, Scenario.transacting)
    func transacting(_ store: StoreKind, _ scenario: Scenario) async throws {
        try await scenario.run(on: SharedServices.service(store))
    }

    @Test(arguments: StoreKind.tested, Scenario.governing)
    func governing(_ store: StoreKind, _ scenario: Scenario) async throws {
        try await scenario.run(on: SharedServices.service(store))
    }
}
