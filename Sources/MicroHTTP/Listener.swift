import Glibc

/// The listening socket. It is made here rather than by the library, which would report every error as “failed”.
struct Listener {
    let descriptor: Int32
    /// The port that was bound.
    let port: Int

    /// - Parameter unsentBytes: see `ServerConfiguration.unsentBytes`; its connections inherit it.
    init(host: String, port: Int, unsentBytes: Int) throws(ServerError) {
        guard (0...65535).contains(port) else {
            throw ServerError(code: .invalidConfiguration, message: "Port \(port) is not between 0 and 65535.")
        }
        var (address, length) = try Self.address(host, port: UInt16(port))
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let descriptor = socket(Int32(address.ss_family), type, 0)
        guard descriptor >= 0 else { throw Self.error(errno, host, port) }
        var on: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        var unsent = Int32(clamping: unsentBytes)
        setsockopt(
            descriptor, Int32(IPPROTO_TCP), TCP_NOTSENT_LOWAT, &unsent, socklen_t(MemoryLayout<Int32>.size))
        // Without this, it depends on the system's configuration whether `::` also serves IPv4 clients.
        var off: Int32 = 0
        if Int32(address.ss_family) == AF_INET6 {
            setsockopt(descriptor, Int32(IPPROTO_IPV6), IPV6_V6ONLY, &off, socklen_t(MemoryLayout<Int32>.size))
        }
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, length) }
        }
        guard bound == 0, listen(descriptor, SOMAXCONN) == 0 else {
            let failure = errno
            close(descriptor)
            throw Self.error(failure, host, port)
        }
        _ = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        self.descriptor = descriptor
        self.port = Int(UInt16(bigEndian: withUnsafeBytes(of: address) { $0.load(fromByteOffset: 2, as: UInt16.self) }))
    }

    private static func address(_ host: String, port: UInt16) throws(ServerError) -> (sockaddr_storage, socklen_t) {
        var storage = sockaddr_storage()
        var four = sockaddr_in()
        var six = sockaddr_in6()
        let bare = host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
        if inet_pton(AF_INET, bare, &four.sin_addr) == 1 {
            four.sin_family = sa_family_t(AF_INET)
            four.sin_port = port.bigEndian
            withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: four, as: sockaddr_in.self) }
            return (storage, socklen_t(MemoryLayout<sockaddr_in>.size))
        }
        guard inet_pton(AF_INET6, bare, &six.sin6_addr) == 1 else {
            throw ServerError(
                code: .invalidHost,
                message: "“\(host)” is not an IPv4 or IPv6 address; use for example 127.0.0.1, ::1, 0.0.0.0 or ::."
            )
        }
        six.sin6_family = sa_family_t(AF_INET6)
        six.sin6_port = port.bigEndian
        withUnsafeMutableBytes(of: &storage) { $0.storeBytes(of: six, as: sockaddr_in6.self) }
        return (storage, socklen_t(MemoryLayout<sockaddr_in6>.size))
    }

    private static func error(_ number: Int32, _ host: String, _ port: Int) -> ServerError {
        let place = "\(host) port \(port)"
        return switch number {
        case EADDRINUSE:
            ServerError(
                code: .addressInUse,
                message: "\(place) is in use by another process; stop that one or choose another port.")
        case EACCES, EPERM:
            ServerError(
                code: .permissionDenied,
                message:
                    "No permission to listen on \(place); choose a port from 1024 on, or grant CAP_NET_BIND_SERVICE."
            )
        case EADDRNOTAVAIL:
            ServerError(code: .addressNotAvailable, message: "No interface of this machine has the address \(host).")
        default:
            ServerError(code: .system, message: "Could not listen on \(place): \(String(cString: strerror(number))).")
        }
    }
}
