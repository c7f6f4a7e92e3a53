import CMicroHTTPD
import Glibc

/// From the request line to the last byte of the body.
extension Connection {
    /// The request line has arrived. `target` is the library's own memory, ended by a NUL that was a space.
    func receiveTarget(_ target: UnsafePointer<CChar>) {
        _ = advance(to: .head)
        if isKnownUniquelyReferenced(&head) {
            if head.section.isPlain { swap(&head.section, &lastSection) }
            head.reset()
        } else {
            head = RequestHead()
        }
        if server.observes { record.started = Clock.now }
        step = .head
        targetRefusal = nil
        if !targetAuthority.isEmpty { targetAuthority = [] }
        let raw = UnsafeBufferPointer(start: target, count: strlen(target))
        (targetStart, targetEnd) = (target, target + raw.count)
        raw.withMemoryRebound(to: UInt8.self) { bytes in
            if bytes.count > server.configuration.targetLimit {
                targetRefusal = .uriTooLong(limit: server.configuration.targetLimit)
            } else {
                targetRefusal = takeTarget(bytes)
            }
        }
        // The library would now split the query into parameters, each with 60 bytes of the connection's memory, and
        // refuse the request when the memory is used up. The memory belongs to the connection and is writable, and the
        // text after the `?` was copied.
        if let mark = memchr(target, Int32(UInt8(ascii: "?")), raw.count) {
            mark.storeBytes(of: 0, toByteOffset: 1, as: UInt8.self)
        }
    }

    /// RFC 9112 §3.2: origin-form, absolute-form or `*`.
    private func takeTarget(_ raw: UnsafeBufferPointer<UInt8>) -> Rejection? {
        guard raw.allSatisfy({ $0 > 0x20 && $0 != 0x7F }) else {
            return .malformed("The request target contains a space or a control character; percent-encode it.")
        }
        guard raw.first != UInt8(ascii: "/") else {
            head.setTarget(raw)
            return nil
        }
        if raw.count == 1, raw[0] == UInt8(ascii: "*") {
            head.setTarget(raw)
            return nil
        }
        for scheme in ["http://", "https://"] {
            guard raw.prefix(scheme.utf8.count).equalsIgnoringCase(scheme.utf8) else { continue }
            let afterScheme = raw[scheme.utf8.count...]
            let authority = afterScheme.prefix { $0 != UInt8(ascii: "/") && $0 != UInt8(ascii: "?") }
            guard !authority.isEmpty else { break }
            targetAuthority = Array(authority)
            let rest = UnsafeBufferPointer(rebasing: afterScheme[authority.endIndex...])
            if rest.first == UInt8(ascii: "/") {
                head.setTarget(rest)
            } else {
                let slashed = [UInt8(ascii: "/")] + rest
                slashed.withUnsafeBufferPointer { head.setTarget($0) }
            }
            return nil
        }
        return .malformed("The request target must begin with “/” or be an absolute http URL.")
    }

    /// The header fields have arrived, the body has not been asked for.
    func receiveHead(method: UnsafePointer<CChar>, version: UnsafePointer<CChar>) -> MHD_Result {
        head.method = UnsafeBufferPointer(start: method, count: strlen(method))
            .withMemoryRebound(to: UInt8.self) { HTTPMethod($0) }
        if isSurplus { return refuse(.tooManyConnections(limit: server.configuration.connectionLimit)) }
        if let targetRefusal { return refuse(targetRefusal) }
        if let rejection = checkHead(method: method, version: version) { return refuse(rejection) }
        step = .body
        if expectsBody {
            // Its reply may be large, and could not be refused later.
            if server.inFlight.isFull { return refuse(.tooManyBytesInFlight(limit: server.inFlight.limit)) }
            if !advance(to: .body) { return .NO }
        }
        return .YES
    }

    func receiveBody(_ piece: UnsafeBufferPointer<UInt8>) -> MHD_Result {
        let count = body.count + piece.count
        if count > server.configuration.bodyLimit, count > bodyLimit { return refuse(.bodyTooLarge(limit: bodyLimit)) }
        guard admit(count) else { return refuse(.tooManyBytesInFlight(limit: server.inFlight.limit)) }
        // The body has begun, so the announced bytes are likely to arrive. Untouched memory costs nothing.
        if count > Self.promisedBytes, body.capacity < count {
            body.reserveCapacity(max(cargo.requestBytes, count * 2))
        }
        body.append(contentsOf: piece)
        return .YES
    }

    /// The limit for this request's path.
    private var bodyLimit: Int {
        let configuration = server.configuration
        let larger = configuration.largerBodyLimits.first { head.target[..<head.pathEnd].elementsEqual($0.path.utf8) }
        return max(configuration.bodyLimit, larger?.limit ?? 0)
    }

    /// The most bytes to reserve at once, in case a client announces a large body and sends nothing.
    private static let promisedBytes = 64 << 10
    /// The bytes that the library needs for each field: 56, rounded up.
    private static let fieldRecordSize = 64
    static let responseHeadSize = 2048

    /// Checks the request line and the header section; nil if they are accepted.
    private func checkHead(method: UnsafePointer<CChar>, version: UnsafePointer<CChar>) -> Rejection? {
        // The library replaces both spaces by NUL. If the three strings are not adjacent, the client sent another NUL.
        let methodEnd = method + strlen(method)
        guard let targetStart, let targetEnd, methodEnd + 1 == targetStart, targetEnd + 1 == version else {
            return .malformed("The request line contains a NUL byte or too many spaces.")
        }
        guard head.method.isToken else { return .malformed("The method is not a token.") }
        head.isHTTP10 = version[7] == CChar(UInt8(ascii: "0"))
        if head.target.count == 1, head.target[0] == UInt8(ascii: "*"), head.method != .options {
            return .malformed("The request target “*” is only valid for OPTIONS.")
        }
        let sectionStart = version + 8
        let headSize = cmhd_head_size(handle)
        let end = method + headSize
        if takeRepeatedSection(sectionStart, end) { return checkRoom(headSize) }
        var scan = FieldScan(head, sectionStart: sectionStart)
        withUnsafeMutablePointer(to: &scan) { scan in
            _ = MHD_get_connection_values_n(handle, .HEADER_KIND, scanField, scan)
        }
        if let rejection = scan.finish(end: end, limit: server.configuration.headerLimit) { return rejection }
        if let rejection = checkRoom(headSize) ?? checkFraming(scan) ?? checkHost(scan) { return rejection }
        if !expectsBody, scan.contentLengths == 0, !head.isHTTP10, targetAuthority.isEmpty {
            head.section.select(server.selecting)
            head.section.isPlain = true
        }
        return nil
    }

    /// Checks the room for the response's header fields. Without it the library closes without a response.
    private func checkRoom(_ headSize: Int) -> Rejection? {
        let taken = headSize + head.section.fields.count * Self.fieldRecordSize
        guard taken + Self.responseHeadSize > server.configuration.connectionMemory else { return nil }
        return .headersTooLarge(limit: server.configuration.headerLimit)
    }

    /// Takes the header section of an earlier request of this connection if it is the same. It needn't be checked then.
    private func takeRepeatedSection(_ start: UnsafePointer<CChar>, _ end: UnsafePointer<CChar>) -> Bool {
        guard lastSection.isPlain, !head.isHTTP10, targetAuthority.isEmpty else { return false }
        let isSame = UnsafeBufferPointer(start: start, count: end - start)
            .withMemoryRebound(to: UInt8.self) { lastSection.isRepeated($0, by: handle) }
        guard isSame else { return false }
        swap(&head.section, &lastSection)
        expectsBody = false
        return true
    }

    /// Checks the host. That of an absolute target takes precedence over `Host` (RFC 9112 §3.2.2).
    private func checkHost(_ scan: FieldScan) -> Rejection? {
        if !targetAuthority.isEmpty {
            guard !server.configuration.hosts.allows(targetAuthority) else { return nil }
            return .misdirected(String(decoding: targetAuthority, as: UTF8.self))
        }
        // Usually all requests of a connection are for one host.
        guard let host = scan.host, !host.elementsEqual(allowedHost) else { return nil }
        guard server.configuration.hosts.allows(host) else {
            return .misdirected(String(decoding: host, as: UTF8.self))
        }
        allowedHost = Array(host)
        return nil
    }

    /// Checks `Host` and the length of the body (RFC 9112 §3.2, §6.3). The library reads the first `Content-Length` and
    /// prefers `Transfer-Encoding`. Anything that an intermediate server might read differently is refused here.
    private func checkFraming(_ scan: FieldScan) -> Rejection? {
        if scan.hosts == 0, !head.isHTTP10 { return .missingHost }
        if scan.hosts > 1 { return .malformed("Host was sent \(scan.hosts) times; send it once.") }
        if scan.transferEncodings > 0 {
            let coding = head.value("transfer-encoding") ?? ""
            if scan.contentLengths > 0 { return .ambiguousLength }
            if head.isHTTP10 { return .malformed("HTTP/1.0 has no Transfer-Encoding.") }
            guard coding.utf8.equalsIgnoringCase("chunked".utf8) else { return .unsupportedTransferCoding(coding) }
        }
        if scan.contentLengths > 1 { return .ambiguousLength }
        expectsBody = scan.transferEncodings > 0
        guard scan.contentLengths == 1 else { return nil }
        // The library has already refused a value that is not a number, with its own page.
        let length = Int(head.value("content-length") ?? "") ?? Int.max
        if length > server.configuration.bodyLimit, length > bodyLimit { return .bodyTooLarge(limit: bodyLimit) }
        expectsBody = length > 0
        guard admit(length) else { return .tooManyBytesInFlight(limit: server.inFlight.limit) }
        body.reserveCapacity(min(length, Self.promisedBytes))
        return nil
    }
}
