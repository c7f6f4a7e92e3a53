import MicroHTTP

/// The header fields that the service reads and sends.
enum HeaderName: String, CaseIterable, CustomStringConvertible {
    case eTag = "ETag"
    case location = "Location"
    case link = "Link"
    case version = "Nestkv-Version"
    case revision = "Nestkv-Revision"
    case next = "Nestkv-Next"
    case durability = "Nestkv-Durability"
    case snapshot = "Nestkv-Snapshot"
    case previous = "Nestkv-Previous"
    case schemaErrors = "Nestkv-Schema-Errors"
    case leftOut = "Nestkv-Left-Out"
    case idempotencyReplayed = "Idempotency-Replayed"
    case preferenceApplied = "Preference-Applied"
    case reprDigest = "Repr-Digest"
    case retryAfter = "Retry-After"
    case allow = "Allow"
    case acceptPatch = "Accept-Patch"
    case vary = "Vary"

    case cacheControl = "Cache-Control"
    case contentType = "Content-Type"
    case lastModified = "Last-Modified"
    case buffering = "X-Accel-Buffering"
    case allowedOrigin = "Access-Control-Allow-Origin"
    case allowedMethods = "Access-Control-Allow-Methods"
    case allowedHeaders = "Access-Control-Allow-Headers"
    case exposedHeaders = "Access-Control-Expose-Headers"
    case maxAge = "Access-Control-Max-Age"

    case accept = "Accept"
    case contentEncoding = "Content-Encoding"
    case contentRange = "Content-Range"
    case host = "Host"
    case idempotencyKey = "Idempotency-Key"
    case ifMatch = "If-Match"
    case ifModifiedSince = "If-Modified-Since"
    case ifNoneMatch = "If-None-Match"
    case ifUnmodifiedSince = "If-Unmodified-Since"
    case ifVersion = "Nestkv-If-Version"
    case lastEventID = "Last-Event-ID"
    case origin = "Origin"
    case prefer = "Prefer"
    case comment = "Nestkv-Comment"
    case modifiedBy = "Nestkv-Modified-By"
    case schema = "Nestkv-Schema"
    case tags = "Nestkv-Tags"
    case lifetime = "Nestkv-TTL"
    case requestedHeaders = "Access-Control-Request-Headers"
    case requestedMethod = "Access-Control-Request-Method"

    var description: String { rawValue }

    /// Whether a web page of another origin may read the field, in addition to those that the Fetch standard always
    /// exposes.
    var isExposed: Bool {
        switch self {
        case .eTag, .location, .link, .version, .revision, .next, .durability, .snapshot, .previous, .schema,
            .schemaErrors, .leftOut, .idempotencyReplayed, .preferenceApplied, .reprDigest, .retryAfter, .allow,
            .acceptPatch, .vary:
            true
        default: false
        }
    }
}

/// Header fields of a response, in the order in which they are sent: `[.contentType: type, .eTag: etag]`. A field whose
/// value is nil is left out.
struct HeaderFields: ExpressibleByDictionaryLiteral {
    private(set) var list: [(name: String, value: String)] = []

    init(dictionaryLiteral fields: (HeaderName, String?)...) {
        // Includes the fields that are added later.
        list.reserveCapacity(fields.count + 4)
        for case (let name, let value?) in fields { list.append((name.rawValue, value)) }
    }

    mutating func add(_ name: HeaderName, _ value: String) { list.append((name.rawValue, value)) }

    static func + (fields: HeaderFields, more: HeaderFields) -> HeaderFields {
        var fields = fields
        fields.list += more.list
        return fields
    }
}

extension Response {
    init(status: Int, headers: HeaderFields, body: [UInt8] = []) {
        self.init(status: status, headers: headers.list, body: body)
    }

    mutating func add(_ name: HeaderName, _ value: String) { headers.append((name.rawValue, value)) }
}

extension PreparedResponse {
    convenience init(status: Int, headers: HeaderFields, body: [UInt8]) {
        self.init(status: status, headers: headers.list, body: body)
    }
}

extension Request {
    func header(_ name: HeaderName) -> String? { header(name.rawValue) }

    func hasHeader(_ name: HeaderName) -> Bool { hasHeader(name.rawValue) }
}
