import CMicroHTTPD

/// Makes libmicrohttpd's response objects.
enum LibraryResponse {
    /// A response that the caller owns and gives back with `MHD_destroy_response`.
    ///
    /// A header field that the library refuses (line breaks, an empty name) is left out, so that no value can split the
    /// response (RFC 9110 §5.5). `Content-Length` is left to the library, which knows the length.
    static func make(headers: [(name: String, value: String)], body: Body, close: Bool = false) -> OpaquePointer {
        guard let response = withoutHeaders(body) else {
            fatalError("libmicrohttpd could not allocate a response: out of memory")
        }
        for header in headers where header.name.utf8.count != 14 || !header.name.isContentLength {
            // A string passed as it is would be copied to the heap first.
            header.name.withCString { name in
                _ = header.value.withCString { MHD_add_response_header(response, name, $0) }
            }
        }
        if close { MHD_add_response_header(response, "Connection", "close") }
        return response
    }

    private static func withoutHeaders(_ body: Body) -> OpaquePointer? {
        guard !body.bytes.isEmpty else { return MHD_create_response_from_buffer_with_free_callback(0, nil, nil) }
        // Not copied: the storage of an array of bytes neither moves nor changes while a reference to it is held, and
        // the library holds the body until it has sent the last byte.
        let start = body.bytes.withUnsafeBytes { UnsafeMutableRawPointer(mutating: $0.baseAddress) }
        return MHD_create_response_from_buffer_with_free_callback_cls(
            body.bytes.count, start, releaseBody, Unmanaged.passRetained(body).toOpaque())
    }
}

private func releaseBody(_ body: UnsafeMutableRawPointer?) {
    guard let body else { return }
    Unmanaged<Body>.fromOpaque(body).release()
}

extension String {
    fileprivate var isContentLength: Bool { utf8.equalsIgnoringCase("content-length".utf8) }
}
