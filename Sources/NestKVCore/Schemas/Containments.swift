import JSONSchema
import Synchronization

/// Two schemas by their hashes.
struct HashPair: Hashable, Sendable {
    let from: String, to: String
}

/// Which schemas permit all that others do. A hash means the same for ever, so what was found stays.
final class Containments: Sendable {
    private static let mostKept = 10_000
    private let known = Mutex<[HashPair: Bool]>([:])

    /// Whether every value that follows the first schema is known to follow the other one.
    func proves(_ from: RegisteredSchema, in to: RegisteredSchema) -> Bool {
        let pair = HashPair(from: from.hash, to: to.hash)
        if let answer = known.withLock({ $0[pair] }) { return answer }
        // Some milliseconds, so not under the lock.
        guard let inner = try? from.compiled(), let outer = try? to.compiled() else { return false }
        let answer = inner.containment(in: outer).verdict == .yes
        known.withLock { known in
            if known.count >= Self.mostKept { known.removeAll() }
            known[pair] = answer
        }
        return answer
    }
}
