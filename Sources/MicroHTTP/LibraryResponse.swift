import CMicroHTTPD

/// Makes libmicrohttpd's response objects.
enum LibraryResponse {
    /// A response that the caller owns and releases with `MHD_destroy_response`.
    ///
    /// A header field that the library refuses (line breaks, an empty name) is omitted, so that no value can split the
    /// response (RFC 9110 §5.5). The library adds `Content-Length`.
    static func make(headers: [(name: String, value: String)], body: Body, close: Bool = false) -> OpaquePointer {
        guard let response = withoutHeaders(body) else {
            fatalError("libmicrohttpd could not allocate a response: out of memory")
        }
        add(headers, to: response)
        if close { MHD_add_response_header(response, "Connection", "close") }
        return response
    }

    /// Adds header fields to a response of the library.
    static func add(_ headers: [(name: String, value: String)], to response: OpaquePointer) {
        for header in headers where header.name.utf8.count != 14 || !header.name.isContentLength {
            // A string passed directly would first be copied to the heap.
            header.name.withCString { name in
                _ = header.value.withCString { MHD_add_response_header(response, name, $0) }
            }
        }
    }

    private static func withoutHeaders(_ body: Body) -> OpaquePointer? {
        guard !body.bytes.isEmpty else { return MHD_create_response_from_buffer_with_free_callback(0, nil, nil) }
        // The bytes are not copied. The storage of an array of bytes neither moves nor changes while a reference to it
        // is held, and the library holds the body until it has sent the last byte.
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
