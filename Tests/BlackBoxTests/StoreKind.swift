import Glibc
import TestSupport
import Testing

/// The stores that everything runs on.
enum StoreKind: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case memory, rocksdb, redis, nats

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

    /// Those that several processes may use at once.
    static let sharing = tested.filter(\.isShared)

    var testDescription: String { rawValue }

    /// The most leaves that one request changes; nil: any number.
    var leavesPerCommit: Int? { self == .nats ? 1000 : nil }

    /// Whether several processes can use one store.
    var isShared: Bool { self == .redis || self == .nats }

    /// A place for a new store.
    ///
    /// - Parameter isSynced: whether the store's server syncs each write before it confirms it.
    func place(isSynced: Bool = false) async throws -> StorePlace {
        switch self {
        case .memory: return StorePlace(address: "memory:", folder: try TemporaryFolder(), server: nil)
        case .rocksdb:
            let folder = try TemporaryFolder()
            return StorePlace(address: "rocksdb:\(folder.path)/store", folder: folder, server: nil)
        case .redis:
            let server = try await RedisServer.start(isSynced ? RedisServer.synced : RedisServer.unsaved)
            return StorePlace(address: server.address, folder: server.folder, server: server)
        case .nats:
            let server = try await NATSServer.start(.newest, jetStream: isSynced ? NATSServer.synced : "")
            let address = server.address + (isSynced ? "?sync=always" : "")
            return StorePlace(address: address, folder: server.folder, server: server)
        }
    }
}

/// Where a store is: its folder and its server live as long as this value does.
struct StorePlace: Sendable {
    /// The address, as `--store` takes it.
    let address: String
    /// A folder of this place's own, for what is on disk.
    let folder: TemporaryFolder
    /// The server that was started for it.
    let server: (any StoreServer)?
}

/// One service for each store, shared by the tests of a suite. They keep apart by entry points of their own.
struct SharedServices: SuiteTrait, TestScoping {
    @TaskLocal private static var running: [StoreKind: ServiceProcess] = [:]

    @concurrent func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable @concurrent () async throws -> Void
    ) async throws {
        var places: [StorePlace] = []
        var services: [StoreKind: ServiceProcess] = [:]
        for kind in StoreKind.tested {
            let place = try await kind.place()
            places.append(place)
            services[kind] = try await ServiceProcess.start(store: place.address)
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
        withExtendedLifetime(places) {}
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
    let place = try await kind.place()
    let service = try await ServiceProcess.start(store: place.address, options, environment: environment)
    let result: Result
    do {
        result = try await body(service)
    } catch {
        Issue.record("\(error)\nThe service's log ends with:\n\(service.log.suffix(4000))")
        throw error
    }
    let status = try await service.stop()
    #expect(status == .exit(0), "the service ended with \(status):\n\(service.log.suffix(4000))")
    withExtendedLifetime(place) {}
    return result
}
