import CNATS
import Glibc
import Synchronization

/// The socket of a connection of libnats, as ``EventLoop`` sees it. Only the loop's thread uses it, but libnats may
/// report from any thread that it has something to write, or that the socket will be closed.
final class AttachedSocket: @unchecked Sendable {
    let connection: OpaquePointer
    let descriptor: Int32
    /// Distinguishes it from other sockets, even of the same descriptor.
    let id: UInt64
    private let loop: EventLoop
    private let hasBytes = Atomic(false)
    private let isAttached = Atomic(true)
    /// Whether the socket took less than there was.
    private(set) var isBlocked = false
    private var tookBytesAt = ContinuousClock.now

    init(_ connection: OpaquePointer, _ descriptor: Int32, id: UInt64, loop: EventLoop) {
        self.connection = connection
        self.descriptor = descriptor
        self.id = id
        self.loop = loop
    }

    /// Whether libnats has bytes to write.
    var wantsToWrite: Bool { hasBytes.load(ordering: .acquiring) }

    /// Writes what libnats has, as far as the socket takes it.
    func flush() {
        natsConnection_ProcessWriteEvent(connection)
        tookBytesAt = .now
        let isBlocked = wantsToWrite && isAttached.load(ordering: .acquiring)
        guard isBlocked != self.isBlocked else { return }
        self.isBlocked = isBlocked
        loop.wait(for: self, toTakeBytes: isBlocked)
    }

    /// Ends the connection if the server has taken no bytes for this time.
    func endIfStuck(after timeout: Duration) {
        if .now - tookBytesAt > timeout { end() }
    }

    /// Ends the connection: libnats closes it when it finds that the socket has come to its end.
    func end() {
        isBlocked = false
        guard isAttached.load(ordering: .acquiring) else { return }
        shutdown(descriptor, Int32(SHUT_RDWR))
        // What had arrived is read first. At its end libnats detaches the socket, unless another thread does that now.
        while isAttached.load(ordering: .acquiring) {
            natsConnection_ProcessReadEvent(connection)
            sched_yield()
        }
    }

    /// Has libnats use a loop.
    static func use(_ loop: EventLoop, in options: OpaquePointer) -> natsStatus {
        natsOptions_SetEventLoop(
            options, Unmanaged.passUnretained(loop).toOpaque(),
            { place, loop, connection, descriptor in
                guard let place, let loop, let connection else { return NATS_INVALID_ARG }
                let socket = Unmanaged<EventLoop>.fromOpaque(loop).takeUnretainedValue().attach(connection, descriptor)
                // The last callback releases this reference.
                place.pointee = Unmanaged.passRetained(socket).toOpaque()
                return NATS_OK
            },
            { socket, isWanted in
                if !isWanted { AttachedSocket.from(socket)?.detach() }
                return NATS_OK
            },
            { socket, isWanted in
                AttachedSocket.from(socket)?.hasBytesToWrite(isWanted)
                return NATS_OK
            },
            { socket in
                guard let socket else { return NATS_OK }
                // Retained when it was attached. This is its last callback.
                Unmanaged<AttachedSocket>.fromOpaque(socket).takeRetainedValue().detach()
                return NATS_OK
            })
    }

    private static func from(_ pointer: UnsafeMutableRawPointer?) -> AttachedSocket? {
        pointer.map { Unmanaged<AttachedSocket>.fromOpaque($0).takeUnretainedValue() }
    }

    private func hasBytesToWrite(_ hasBytes: Bool) {
        self.hasBytes.store(hasBytes, ordering: .releasing)
        if hasBytes { loop.wake() }
    }

    private func detach() {
        isAttached.store(false, ordering: .releasing)
        loop.remove(self)
    }
}
