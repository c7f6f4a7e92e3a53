import CHiredis
import Glibc
import Synchronization

/// Whether the server has told of changes that this process hasn't taken in yet. What is kept in memory is certain only
/// when there are none: the loop's thread may not have come to reading them.
final class Backlog: Sendable {
    private let socket = Atomic<Int32>(-1)
    private let isReading = Atomic(false)

    /// Everything that arrived is taken in, now.
    var isEmpty: Bool {
        var waiting: Int32 = 0
        let socket = socket.load(ordering: .acquiring)
        guard socket >= 0, !isReading.load(ordering: .acquiring), ioctl(socket, UInt(FIONREAD), &waiting) == 0,
            waiting == 0
        else { return false }
        // What was there may have been taken out and not been taken in meanwhile.
        return !isReading.load(ordering: .sequentiallyConsistent)
    }

    /// The connection that tells of changes; nil: there is none.
    func follow(_ socket: Int32?) {
        self.socket.store(socket ?? -1, ordering: .sequentiallyConsistent)
    }

    /// Takes in what the body reads.
    func reading(_ body: () -> Void) {
        isReading.store(true, ordering: .sequentiallyConsistent)
        body()
        isReading.store(false, ordering: .sequentiallyConsistent)
    }
}
