import CMicroHTTPD
import Glibc

// The callbacks of libmicrohttpd. They are global functions, because a closure made in top-level code would be isolated
// to the main actor and trap on the library's threads. `context` is the server; the context of a request and of a
// socket is the connection.

func handleCallback(
    _ context: UnsafeMutableRawPointer?, _ handle: OpaquePointer?, _ url: UnsafePointer<CChar>?,
    _ method: UnsafePointer<CChar>?, _ version: UnsafePointer<CChar>?, _ upload: UnsafePointer<CChar>?,
    _ uploadSize: UnsafeMutablePointer<Int>?, _ request: UnsafeMutablePointer<UnsafeMutableRawPointer?>?
) -> MHD_Result {
    guard let uploadSize, let connection = connection(request?.pointee) else { return .NO }
    switch connection.step {
    case .head:
        guard let method, let version else { return .NO }
        return connection.receiveHead(method: method, version: version)
    case .body where uploadSize.pointee > 0:
        let piece = UnsafeRawBufferPointer(start: upload, count: uploadSize.pointee)
        uploadSize.pointee = 0
        return connection.receiveBody(piece.assumingMemoryBound(to: UInt8.self))
    case .body: return connection.askHandler()
    case .handling: return connection.resume()
    case .idle: return .NO
    }
}

func targetCallback(
    _ context: UnsafeMutableRawPointer?, _ target: UnsafePointer<CChar>?, _ handle: OpaquePointer?
) -> UnsafeMutableRawPointer? {
    guard let target, let handle, let pointer = cmhd_socket_context(handle) else { return nil }
    connection(pointer)?.receiveTarget(target)
    return pointer
}

func connectionCallback(
    _ context: UnsafeMutableRawPointer?, _ handle: OpaquePointer?,
    _ socketContext: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ code: MHD_ConnectionNotificationCode
) {
    guard let context, let handle, let socketContext else { return }
    switch code {
    case .CONNECTION_NOTIFY_STARTED:
        let server = Unmanaged<Server>.fromOpaque(context).takeUnretainedValue()
        socketContext.pointee = Unmanaged.passRetained(server.open(handle)).toOpaque()
    case .CONNECTION_NOTIFY_CLOSED:
        guard let pointer = socketContext.pointee else { return }
        let connection = Unmanaged<Connection>.fromOpaque(pointer).takeRetainedValue()
        connection.server.close(connection)
    }
}

func completedCallback(
    _ context: UnsafeMutableRawPointer?, _ handle: OpaquePointer?,
    _ request: UnsafeMutablePointer<UnsafeMutableRawPointer?>?, _ code: MHD_RequestTerminationCode
) {
    connection(request?.pointee)?.complete(code)
}

func errorPageCallback(
    _ socketContext: UnsafeMutableRawPointer?, _ page: UnsafePointer<CChar>?, _ status: UInt32
) {
    guard let page else { return }
    connection(socketContext)?.refuse(page: page, status: status)
}

func logCallback(_ context: UnsafeMutableRawPointer?, _ line: UnsafePointer<CChar>?) {
    guard let context, let line else { return }
    // The library logs this when this server closes a connection for a refusal or a stream.
    if strncmp(line, "Application reported internal error", 35) == 0 { return }
    Unmanaged<Server>.fromOpaque(context).takeUnretainedValue().log(String(cString: line))
    // No descriptor is left. A thread without connections would try again immediately and forever.
    if strncmp(line, "Hit process or system resource limit", 36) == 0 { usleep(20_000) }
}

private func connection(_ pointer: UnsafeMutableRawPointer?) -> Connection? {
    pointer.map { Unmanaged<Connection>.fromOpaque($0).takeUnretainedValue() }
}
