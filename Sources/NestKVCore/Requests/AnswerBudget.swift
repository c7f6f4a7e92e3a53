import Synchronization

/// The number of bytes that several independent writes with one common reply may return.
final class AnswerBudget: Sendable {
    private let rest: Mutex<Int>

    /// A budget of some bytes.
    init(bytes: Int) {
        rest = Mutex(bytes)
    }

    /// Takes bytes from the budget; false if too few are left.
    func take(_ bytes: Int) -> Bool {
        rest.withLock { rest in
            guard bytes <= rest else { return false }
            rest -= bytes
            return true
        }
    }

    /// Returns the bytes of a write that was not carried out.
    func give(back bytes: Int) { rest.withLock { $0 += bytes } }
}
