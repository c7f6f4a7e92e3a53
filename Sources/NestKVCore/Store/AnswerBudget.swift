import Synchronization

/// How many bytes several writes that are answered together may give back, each of which stands on its own.
public final class AnswerBudget: Sendable {
    private let rest: Mutex<Int>

    /// A budget of some bytes.
    public init(bytes: Int) {
        rest = Mutex(bytes)
    }

    /// Takes some; false when there are not so many left.
    func take(_ bytes: Int) -> Bool {
        rest.withLock { rest in
            guard bytes <= rest else { return false }
            rest -= bytes
            return true
        }
    }

    /// Gives back what a write took that was not carried out.
    func give(back bytes: Int) { rest.withLock { $0 += bytes } }
}
