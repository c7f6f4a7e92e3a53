import Glibc
import TestSupport
import Testing

/// What clients see of a key is what they would see if its operations happened one after the other, each between its
/// request and its reply.
@Suite(.serialized, .timeLimit(.minutes(5 * TestLength.factor)))
struct LinearizabilityTests {
    private static let clients = 12
    /// A process that is killed loses what is in memory.
    private static let killed = StoreKind.tested.filter { $0 != .memory }

    @Test(arguments: StoreKind.tested)
    func `reads and writes of a key have one order while a process is stopped and continued`(
        _ store: StoreKind
    ) async throws {
        try await Self.run(store, rounds: 1) { services, histories in
            for _ in 0..<3 {
                services[0].signal(SIGSTOP)
                // Meanwhile the other process, if there is one, writes what the stopped one may have kept.
                if services.count > 1 { try await histories.grow(by: 200) }
                try await Task.sleep(for: .milliseconds(50))
                services[0].signal(SIGCONT)
                try await histories.grow(by: 400)
            }
        }
    }

    @Test(arguments: killed)
    func `reads and writes of a key have one order while processes are killed and started again`(
        _ store: StoreKind
    ) async throws {
        try await Self.run(store, rounds: 3) { services, histories in
            services[0].signal(SIGKILL)
            if services.count > 1 { try await histories.grow(by: 200) }
        }
    }

    /// Starts services on one store, as many as can share it, in each round. Once clients use them, disturbs the first
    /// of them.
    private static func run(
        _ store: StoreKind, rounds: Int,
        _ disturb: @escaping @Sendable ([ServiceProcess], KeyHistories) async throws -> Void
    ) async throws {
        let place = try await store.place()
        for part in 0..<TestLength.factor {
            let histories = KeyHistories(paths: (0..<4).map { "/order/part\(part)/key\($0)" })
            for _ in 0..<rounds {
                var services: [ServiceProcess] = []
                for _ in 0..<(store.isShared ? 2 : 1) {
                    services.append(try await ServiceProcess.start(store: place.address, ["--log-level", "notice"]))
                }
                try await use(services, histories, disturb)
                for service in services {
                    let status = try await service.stop()
                    #expect([.exit(0), .signal(SIGKILL)].contains(status), "\(service.log.suffix(4000))")
                }
            }
            for refutation in try histories.refutations() { Issue.record("\(refutation)") }
            let all = histories.all
            #expect(all.count(where: { $0.request == .get }) * 2 > all.count)
            for outcome in [KeyOutcome.absent, .created, .changed, .refused] {
                #expect(all.contains { $0.outcome == outcome }, "no operation was \(outcome)")
            }
        }
        withExtendedLifetime(place) {}
    }

    private static func use(
        _ services: [ServiceProcess], _ histories: KeyHistories,
        _ disturb: @escaping @Sendable ([ServiceProcess], KeyHistories) async throws -> Void
    ) async throws {
        let isOver = Flag()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for client in 0..<clients {
                let port = services[client % services.count].port
                group.addTask {
                    try await onThread {
                        try histories.run(client: client, over: Connection(port: port), until: isOver)
                    }
                }
            }
            group.addTask {
                defer { isOver.set() }
                try await histories.grow(by: 400)
                try await disturb(services, histories)
            }
            try await group.waitForAll()
        }
    }
}

extension KeyHistories {
    /// Waits until so many more requests are answered.
    fileprivate func grow(by count: Int) async throws {
        let before = answers.value
        try await eventually("\(count) requests are answered") { answers.value >= before + count }
    }
}
