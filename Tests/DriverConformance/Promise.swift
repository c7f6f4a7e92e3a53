import Logging
import NestKVStorage

/// One promise of every driver: a sentence, and a body that throws ``BrokenPromise`` if it isn't kept.
///
/// A driver's tests run ``Promise/all`` with their own ``Harness``. So do the tests of a decorated or a remote store. A
/// promise that needs an optional feature applies only to drivers whose capabilities have it.
public struct Promise: Sendable, CustomStringConvertible {
    /// The sentence.
    public let description: String
    /// The options that the store is opened with.
    let options: DriverOptions
    private let applies: @Sendable (DriverCapabilities) -> Bool
    private let body: @Sendable (Subject) async throws -> Void

    init(
        _ sentence: String, options: DriverOptions = .conformance,
        where applies: @escaping @Sendable (DriverCapabilities) -> Bool = { _ in true },
        _ body: @escaping @Sendable (Subject) async throws -> Void
    ) {
        description = sentence
        self.options = options
        self.applies = applies
        self.body = body
    }

    /// Checks the promise on a store of the harness.
    public func check(with harness: Harness) async throws {
        try await harness.withStore(options) { subject in
            guard applies(subject.driver.capabilities) else { return }
            try await body(subject)
        }
    }

    /// All promises.
    public static let all: [Promise] = withoutCache + subtrees

    /// The promises of a driver that keeps nothing of what it has read.
    public static let withoutCache: [Promise] =
        reading + order + reach + committing + expectations + versions + history + feed + waiting + concurrency + sizes
        + expiry + durability + model + projection + unchanged
}

/// Opens a store for a promise and cleans up after it.
public struct Harness: Sendable {
    /// Runs a body with a store opened with these options: a new store, or one in which the subject's root is unused.
    let withStore: @Sendable (DriverOptions, @Sendable (Subject) async throws -> Void) async throws -> Void

    /// A harness from its function.
    public init(
        withStore: @escaping @Sendable (DriverOptions, @Sendable (Subject) async throws -> Void) async throws -> Void
    ) {
        self.withStore = withStore
    }
}

extension DriverOptions {
    /// The usual options, logging only errors.
    public static let conformance = conformance()

    /// Options that differ from the usual ones.
    static func conformance(historyDepth: Int = 64, feed: FeedRetention = .standard) -> DriverOptions {
        var logger = Logger(label: "nestkv.conformance")
        logger.logLevel = .error
        // No promise is about a server that hangs, but a busy machine can make one late.
        return DriverOptions(historyDepth: historyDepth, feedRetention: feed, timeout: .seconds(20), logger: logger)
    }
}

extension DriverCapabilities {
    /// Whether a commit of several leaves of one entry point is possible, all or nothing.
    var isAtomic: Bool { atomicity != .leaf }
}

/// A promise that isn't kept.
public struct BrokenPromise: Error, CustomStringConvertible {
    /// What was found instead, and the place in the suite.
    public let description: String
}

/// Throws unless the condition holds.
func expect(
    _ condition: Bool, _ message: @autoclosure () -> String, file: StaticString = #fileID, line: UInt = #line
) throws {
    if !condition { throw BrokenPromise(description: "\(file):\(line): \(message())") }
}

/// Throws unless both are equal.
func expectEqual<Value: Equatable>(
    _ found: Value, _ expected: Value, _ message: @autoclosure () -> String = "", file: StaticString = #fileID,
    line: UInt = #line
) throws {
    try expect(found == expected, "\(message()) found \(found), expected \(expected)", file: file, line: line)
}
