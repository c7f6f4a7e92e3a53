import Glibc
import Synchronization
import TestSupport
import Testing

/// No reply is older than a change that was acknowledged before its request.
@Suite(.serialized, .timeLimit(.minutes(5 * TestLength.factor)))
struct StalenessTests {
    private static let writers = 16
    private static let readers = 64
    private static let seconds = 2 * TestLength.factor

    @Test(arguments: StoreKind.tested)
    func `readers see each change of a leaf, its parents and its entry point as soon as it is acknowledged`(
        _ store: StoreKind
    ) async throws {
        try await withService(store, ["--log-level", "notice"]) { service in
            try await Self.run(writing: service.port, reading: [service.port])
        }
    }

    @Test(arguments: StoreKind.sharing)
    func `readers of two processes see what one of them writes`(_ store: StoreKind) async throws {
        try await TwoServicesTests.withServices(store) { first, second in
            // Another process notices within a second that a bucket was deleted (decision 26).
            try await Self.run(
                writing: first.port, reading: [first.port, second.port], removesEntryPoints: store != .nats)
        }
    }

    @Test(arguments: StoreKind.tested)
    func `an expired leaf is gone at once, however often it is read`(_ store: StoreKind) async throws {
        try await withService(store, ["--log-level", "notice"]) { service in
            _ = try await inParallel(service.port, clients: 8) { reader, connection in
                let path = "/expiring/leaf\(reader)"
                let put = HTTPRequest("PUT", path, headers: [("Nestkv-TTL", "1")], body: Array("1".utf8))
                guard try connection.send(put).status == 201 else { throw TestFailure("PUT failed") }
                let acknowledged = ContinuousClock.now
                while true {
                    let asked = ContinuousClock.now
                    let status = try connection.send(HTTPRequest("GET", path)).status
                    if status == 404 { return }
                    // The clock of a store in another process may be a little behind.
                    guard asked - acknowledged < .milliseconds(1200) else {
                        throw TestFailure("\(asked - acknowledged) after its PUT, GET answers \(status)")
                    }
                }
            }
        }
    }

    /// Writers change a value each in every way; readers check that they see none that is outdated.
    private static func run(
        writing port: Int, reading ports: [Int], removesEntryPoints: Bool = true
    ) async throws {
        let values = (0..<writers).map {
            ChangingValue(entryPoint: "stale\($0)", removesEntryPoint: removesEntryPoints)
        }
        let isOver = Flag()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for value in values {
                group.addTask {
                    defer { isOver.set() }
                    try await onThread { try value.change(over: Connection(port: port), forSeconds: seconds) }
                }
            }
            for reader in 0..<readers {
                group.addTask {
                    try await onThread {
                        let connection = try Connection(port: ports[reader % ports.count])
                        try values[reader % writers].check(over: connection, until: isOver)
                    }
                }
            }
            try await group.waitForAll()
        }
        #expect(values.allSatisfy { $0.checked.value > 10 })
    }
}

/// A value that one writer changes, with the numbers of its changes.
private final class ChangingValue: Sendable {
    private let entryPoint: String
    private let removesEntryPoint: Bool
    /// The number of the latest change whose request was sent, and of the latest that was acknowledged.
    private let sent = Atomic(0)
    private let acknowledged = Atomic(0)
    /// The replies that were checked.
    let checked = Counter()

    init(entryPoint: String, removesEntryPoint: Bool) {
        self.entryPoint = entryPoint
        self.removesEntryPoint = removesEntryPoint
    }

    /// Each way to change it. After change number `n` it is `n`, or gone.
    private func request(_ number: Int) -> HTTPRequest {
        func put(_ path: String, _ text: String) -> HTTPRequest {
            HTTPRequest("PUT", "/\(entryPoint)\(path)", body: Array(text.utf8))
        }
        return switch number % 8 {
        case 1: put("/p", #"{"v":\#(number)}"#)
        case 2: put("/p?flatten", #"{"v":\#(number),"w":{"x":1}}"#)
        case 3: put("", #"{"p":{"v":\#(number)}}"#)
        case 5: HTTPRequest("DELETE", "/\(entryPoint)/p")
        case 7: HTTPRequest("DELETE", removesEntryPoint ? "/_entrypoints/\(entryPoint)" : "/\(entryPoint)")
        default: put("/p/v", "\(number)")
        }
    }

    private static func isGone(after number: Int) -> Bool { number == 0 || number % 8 == 5 || number % 8 == 7 }

    func change(over connection: Connection, forSeconds seconds: Int) throws {
        let end = ContinuousClock.now + .seconds(seconds)
        while ContinuousClock.now < end {
            let number = sent.add(1, ordering: .sequentiallyConsistent).newValue
            let request = request(number)
            let reply = try connection.send(request)
            guard reply.status < 300 else {
                throw TestFailure("\(request.method) \(request.target) answered \(reply.status) \(reply.text)")
            }
            acknowledged.store(number, ordering: .sequentiallyConsistent)
            usleep(500)
        }
    }

    /// Reads it by its own path and by those above it, laid out or not, with and without a condition.
    func check(over connection: Connection, until isOver: Flag) throws {
        let places = [("/p/v", ""), ("/p", "/v"), ("", "/p/v"), ("/p?pretty", "/v"), ("?pretty", "/p/v")]
        var known: [String: (tag: String, number: Int?)] = [:]
        var round = 0
        while !isOver.isSet {
            let (path, pointer) = places[round % places.count]
            var request = HTTPRequest("GET", "/\(entryPoint)\(path)")
            if round % 2 == 0, let tag = known[path]?.tag { request.headers.append(("If-None-Match", tag)) }
            round += 1
            let least = acknowledged.load(ordering: .sequentiallyConsistent)
            let reply = try connection.send(request)
            let most = sent.load(ordering: .sequentiallyConsistent)
            let number: Int?
            switch reply.status {
            case 200: number = Int((try? reply.part(pointer))?.text.description ?? "")
            case 304: number = known[path]?.number
            case 404: number = nil
            default: throw TestFailure("GET \(request.target) answered \(reply.status) \(reply.text)")
            }
            if let tag = reply["ETag"], reply.status == 200 { known[path] = (tag, number) }
            let isPossible = number.map { least <= $0 } ?? (least...most).contains(where: Self.isGone)
            guard isPossible else {
                throw TestFailure(
                    "GET \(request.target) after change \(least) answered \(reply.status) with "
                        + "\(number.map { "\($0)" } ?? "nothing")")
            }
            checked.increase()
        }
    }
}
