import TestSupport
import Testing

/// The rows of the HTTP interface's contract, each on every store.
@Suite(.sharedServices, .timeLimit(.minutes(3)))
struct InterfaceTests {
    @Test(arguments: StoreKind.tested, Scenario.all)
    func `a row of the contract holds`(_ store: StoreKind, _ scenario: Scenario) async throws {
        try await scenario.run(on: SharedServices.service(store))
    }
}
