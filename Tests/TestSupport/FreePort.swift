import Glibc

/// A TCP port of this machine that is currently free, for servers that can't choose one themselves.
public func freePort() throws -> Int {
    let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
    guard listener >= 0 else { throw TestFailure.system("socket") }
    defer { close(listener) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let code = withUnsafeMutablePointer(to: &address) { address in
        address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
            bind(listener, address, size) == 0 ? getsockname(listener, address, &size) : -1
        }
    }
    guard code == 0 else { throw TestFailure.system("bind") }
    return Int(UInt16(bigEndian: address.sin_port))
}
