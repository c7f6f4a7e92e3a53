import CHiredis
import Glibc
import Synchronization

/// Whether the server has reported changes that this process hasn't taken in yet. What is kept in memory is certain
/// only if there are no such changes: the event loop's thread may not have read them yet.
final class PendingInvalidations: Sendable {
    private let socket = Atomic<Int32>(-1)
    private let isReading = Atomic(false)

    /// Whether everything that has arrived is taken in.
    var isEmpty: Bool {
        var waiting: Int32 = 0
        let socket = socket.load(ordering: .acquiring)
        guard socket >= 0, !isReading.load(ordering: .acquiring), ioctl(socket, UInt(FIONREAD), &waiting) == 0,
            waiting == 0
        else { return false }
        // Something may have been read meanwhile and not been taken in yet.
        return !isReading.load(ordering: .sequentiallyConsistent)
    }

    /// Sets the connection that reports changes; nil: there is no such connection.
    func watch(_ socket: Int32?) {
        self.socket.store(socket ?? -1, ordering: .sequentiallyConsistent)
    }

    /// Runs a body that reads and takes in reported changes.
    func reading(_ body: () -> Void) {
        isReading.store(true, ordering: .sequentiallyConsistent)
        body()
        isReading.store(false, ordering: .sequentiallyConsistent)
    }
}
