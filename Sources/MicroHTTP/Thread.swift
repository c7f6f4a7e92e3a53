import CMicroHTTPD
import Glibc

/// A thread for blocking work. The cooperative pool has one thread per core and must not block.
struct Thread: Sendable {
    private let id: pthread_t

    init?(_ name: String, _ body: @escaping @Sendable () -> Void) {
        var id = pthread_t()
        let argument = Unmanaged.passRetained(Body(body)).toOpaque()
        guard pthread_create(&id, nil, runBody, argument) == 0 else {
            Unmanaged<Body>.fromOpaque(argument).release()
            return nil
        }
        cmhd_name_thread(id, name)
        self.id = id
    }

    func join() { pthread_join(id, nil) }

    func detach() { pthread_detach(id) }

    fileprivate final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }
}

private func runBody(_ argument: UnsafeMutableRawPointer?) -> UnsafeMutableRawPointer? {
    argument.map { Unmanaged<Thread.Body>.fromOpaque($0).takeRetainedValue().run() }
    return nil
}
