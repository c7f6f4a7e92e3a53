import MicroJSON
import NestKVStorage

/// A kind of jobs: what they do.
public protocol JobKind: Sendable {
    /// Its name in the state of jobs.
    var name: String { get }

    /// The work of a job on the leaves after a cursor; from the beginning without one.
    ///
    /// - Throws: ``StoreError`` if the job can't be done.
    func work(_ parameters: JSONText, after cursor: Key?) async throws(StoreError) -> any JobWork
}

/// The work of one job, leaf after leaf.
public protocol JobWork: Sendable {
    /// What is to be done with the next leaf; nil at the end.
    mutating func next() async throws(StoreError) -> JobItem?

    /// What is to be done with a leaf that another writer changed since ``next()``.
    func again(_ key: Key) async throws(StoreError) -> JobItem
}

/// What a job does with a leaf.
public struct JobItem: Sendable {
    /// What becomes of the leaf.
    public enum Outcome: Sendable {
        /// It is changed by a write, which is conditional on the leaf's version.
        case write(WriteRequest)
        /// It would be changed, but the job only tries.
        case change
        /// It stays as it is.
        case unchanged
        /// It can't be changed, for this reason.
        case failed(String)
    }

    /// The leaf.
    public let key: Key
    /// What becomes of it.
    public var outcome: Outcome

    /// An item from its parts.
    public init(_ key: Key, _ outcome: Outcome) { (self.key, self.outcome) = (key, outcome) }

    /// The write.
    var request: WriteRequest? { if case .write(let request) = outcome { request } else { nil } }
}

/// Some leaves of a job.
struct JobBatch: Sendable {
    /// Those that don't simply stay as they are.
    var items: [JobItem] = []
    /// The number of the others.
    var unchanged = 0
    /// The last leaf.
    var cursor: Key?
    /// Whether no leaves follow.
    var isEnd = false

    /// No leaves.
    static let none = JobBatch()

    private init() {}

    /// The next leaves of a job: as many as can be written at once, or what is found in a second.
    ///
    /// - Parameter limit: the most items.
    init(_ work: inout any JobWork, limit: Int) async throws(StoreError) {
        let end = ContinuousClock.now + .seconds(1)
        var bytes = 0
        while items.count < limit, bytes < 1 << 20 {
            if unchanged % 64 == 63, ContinuousClock.now > end { return }
            guard let item = try await work.next() else {
                isEnd = true
                return
            }
            cursor = item.key
            if case .unchanged = item.outcome {
                unchanged += 1
            } else {
                items.append(item)
                bytes += item.request?.operation.load.bytes ?? 0
            }
        }
    }
}
