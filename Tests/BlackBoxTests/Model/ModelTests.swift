import Glibc
import TestSupport
import Testing

/// Random operations against the service and against a small reference of the contract's rules: any difference is
/// shrunk to the shortest sequence that shows it.
///
/// `NESTKV_MODEL_SEQUENCES` makes the run longer, `NESTKV_MODEL_SEED` begins elsewhere.
@Suite(.sharedServices, .timeLimit(.minutes(60)))
struct ModelTests {
    private static let sequences = number("NESTKV_MODEL_SEQUENCES") ?? 150
    private static let firstSeed = number("NESTKV_MODEL_SEED") ?? 1
    private static let length = 25

    @Test(arguments: StoreKind.tested, 0..<2)
    func `random operations have the results that the reference tree has`(_ store: StoreKind, _ half: Int) async throws
    {
        let client = try SharedServices.service(store).client()
        let sequences = store.isShared ? Self.sequences / 3 : Self.sequences
        for seed in Self.firstSeed..<Self.firstSeed + sequences where seed % 2 == half {
            var source = OperationSource(seed: UInt64(seed))
            let operations = source.sequence(Self.length)
            let difference = try await ModelRun.difference(operations, client, entryPoint: "m\(seed)")
            guard let difference else { continue }
            let shortest = try await Self.shrunk(operations, client, "m\(seed)")
            Issue.record(
                """
                seed \(seed): \(difference)
                The shortest sequence that shows a difference:
                \(shortest.operations.map { "  \($0)" }.joined(separator: "\n"))
                \(shortest.difference)
                """)
            return
        }
    }

    /// Takes operations out, as long as a difference remains.
    private static func shrunk(
        _ operations: [ModelOperation], _ client: HTTPClient, _ name: String
    ) async throws -> (operations: [ModelOperation], difference: String) {
        var shortest = (operations: operations, difference: "not seen again: the order of requests matters")
        var attempt = 0
        var size = operations.count / 2
        while size > 0 {
            var start = 0
            while start < shortest.operations.count {
                attempt += 1
                var fewer = shortest.operations
                fewer.removeSubrange(start..<min(start + size, fewer.count))
                if let difference = try await ModelRun.difference(fewer, client, entryPoint: "\(name)-\(attempt)") {
                    shortest = (fewer, difference)
                } else {
                    start += size
                }
            }
            size /= 2
        }
        return shortest
    }

    private static func number(_ variable: String) -> Int? {
        getenv(variable).flatMap { Int(String(cString: $0)) }
    }
}
