import CNATS
import Glibc

/// The sockets that the loop reads from.
extension EventLoop {
    /// Begins to read from a connection's socket.
    func attach(_ connection: OpaquePointer, _ descriptor: Int32) -> AttachedSocket {
        state.withLock { state in
            let socket = AttachedSocket(connection, descriptor, id: state.nextID, loop: self)
            state.nextID += 1
            state.sockets[socket.id] = socket
            watch(socket, EPOLLIN.rawValue, EPOLL_CTL_ADD)
            return socket
        }
    }

    /// Stops reading from a socket, before it is closed.
    func remove(_ socket: AttachedSocket) {
        state.withLock { state in
            guard state.sockets.removeValue(forKey: socket.id) != nil else { return }
            watch(socket, 0, EPOLL_CTL_DEL)
        }
    }

    /// The socket of a connection; nil if it isn't attached.
    func socket(of connection: OpaquePointer) -> AttachedSocket? {
        state.withLock { state in state.sockets.values.first { $0.connection == connection } }
    }

    /// Sets whether to wait until a socket takes bytes.
    func wait(for socket: AttachedSocket, toTakeBytes isBlocked: Bool) {
        state.withLock { state in
            guard state.sockets[socket.id] != nil else { return }
            watch(socket, EPOLLIN.rawValue | (isBlocked ? EPOLLOUT.rawValue : 0), EPOLL_CTL_MOD)
        }
    }

    private func watch(_ socket: AttachedSocket, _ events: UInt32, _ operation: Int32) {
        var event = epoll_event()
        event.events = events
        event.data.u64 = socket.id
        epoll_ctl(poll, operation, socket.descriptor, &event)
    }
}
