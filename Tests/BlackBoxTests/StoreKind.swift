import Glibc
import TestSupport
import Testing

/// The stores that everything runs on.
enum StoreKind: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case memory, rocksdb

    /// All of them, or those that `NESTKV_TEST_STORES` names, as `memory`.
    static let tested: [StoreKind] = {
        guard let names = getenv("NESTKV_TEST_STORES").map({ String(cString: $0) }) else { return allCases }
        return names.split(separator: ",").map { name in
            guard let kind = StoreKind(rawValue: String(name)) else {
                preconditionFailure("there is no store '\(name)'")
            }
            return kind
        }
    }()

    var testDescription: String { rawValue }

    /// The address of a new store; what is on disk stands in `folder`.
    func address(in folder: TemporaryFolder) -> String {
        switch self {
        case .memory: "memory:"
        case .rocksdb: "rocksdb:\(folder.path)/store"
        }
    }
}

/// One service for each store, shared by the tests of a suite. They keep apart by entry points of their own.
struct SharedServices: SuiteTrait, TestScoping {
    @TaskLocal private static var running: [StoreKind: ServiceProcess] = [:]

    @concurrent func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable @concurrent () async throws -> Void
    ) async throws {
        let folder = try TemporaryFolder()
        var services: [StoreKind: ServiceProcess] = [:]
        for kind in StoreKind.tested {
            services[kind] = try await ServiceProcess.start(store: kind.address(in: folder))
        }
        try await Self.$running.withValue(services, operation: function)
        for (kind, service) in services {
            let status = try await service.stop()
            #expect(status == .exit(0), "the \(kind) service ended with \(status):\n\(service.log.suffix(4000))")
            let errors = service.log.split(separator: "\n").filter { line in
                ["error", "critical"].contains(line.split(separator: " ").dropFirst().first)
            }
            #expect(errors.isEmpty, "the \(kind) service logged errors")
        }
        withExtendedLifetime(folder) {}
    }

    /// The running service over a store.
    static func service(_ kind: StoreKind) throws -> ServiceProcess {
        guard let service = running[kind] else { throw TestFailure("the suite lacks the trait .sharedServices") }
        return service
    }
}

extension Trait where Self == SharedServices {
    /// Starts a service for each store around the suite.
    static var sharedServices: SharedServices { SharedServices() }
}

/// A service of a test's own, for its time.
@discardableResult
func withService<Result>(
    _ kind: StoreKind = .memory, _ options: [String] = [], environment: [String: String] = [:],
    _ body: (ServiceProcess) async throws -> Result
) async throws -> Result {
    let folder = try TemporaryFolder()
    let service = try await ServiceProcess.start(store: kind.address(in: folder), options, environment: environment)
    let result: Result
    do {
        result = try await body(service)
    } catch {
        Issue.record("\(error)\nThe service's log ends with:\n\(service.log.suffix(4000))")
        throw error
    }
    let status = try await service.stop()
    #expect(status == .exit(0), "the service ended with \(status):\n\(service.log.suffix(4000))")
    withExtendedLifetime(folder) {}
    return result
}
