import MicroHTTP
import MicroJSON
import NestKVCore
import NestKVStorage

/// Carries out a request with an `Idempotency-Key` once, however often it is sent.
///
/// An internal leaf stores the key. It is written in the same commit as the request's changes, so that a crash can't
/// leave one without the other. The response is added to it afterwards. If a commit can't span entry points, the leaf
/// is written before the changes. A crash can then leave the leaf alone; in that case the request is never carried out
/// again, and the client gets an error that says so. Several processes on one store share these leaves.
///
/// It reads and writes through ``Call/ownStore``. Only a leaf in the request's own commit goes through ``Call/store``.
///
/// - SeeAlso: https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
struct Idempotency {
    /// How long a key is kept.
    static let window = Duration.seconds(86_400)
    private static let longestKey = 255

    private let key: Key
    /// Identifies the request. A different request with the same key is an error.
    private let fingerprint: String
    private let store: any Store

    /// Reads the request's key; nil when it has none.
    init?(_ call: Call) throws(Problem) {
        guard let text = call.request.header(.idempotencyKey) else { return nil }
        guard (1...Self.longestKey).contains(text.utf8.count) else {
            throw Problem(
                .invalidHeader,
                "Idempotency-Key has \(text.utf8.count) bytes; it must have between 1 and \(Self.longestKey).")
        }
        key = ReservedKeys.idempotency.appending(
            Array(DataHash(ofBytes: Array(text.utf8)).description.dropFirst(7).utf8))
        let request = call.request
        let whole =
            Array(request.method.rawValue.utf8) + [0] + request.path + [0] + (request.query ?? []) + [0] + request.body
        fingerprint = DataHash(ofBytes: whole).description
        store = call.ownStore
    }

    /// Carries out a request that was not carried out yet; otherwise returns the first response again.
    ///
    /// - Parameter body: carries the request out, with further writes after its own.
    func once(_ body: ([WriteRequest]) async throws -> Response) async throws -> Response {
        if let kept = try await kept() { return kept }
        let marker = WriteRequest(Put(memory(of: nil)), at: key, options(isFirst: true))
        let isOneCommit = store.capabilities.atomicity == .store
        do {
            if !isOneCommit { _ = try await store.write([marker], if: []) }
            let response = try await isOneCommit ? body([marker]) : reserved(body)
            // If this fails, the request was carried out nevertheless, and a repetition gets an error that says so.
            _ = try? await store.write(Put(memory(of: response)), at: key, options(isFirst: false))
            return response
        } catch {
            // Another request with the same key may have been faster, and its changes may have caused this error.
            if !Self.mayBeDone(error), let kept = try await kept() { return kept }
            throw error
        }
    }

    /// Carries out a request whose marker is already stored, and deletes the marker when the request fails.
    private func reserved(_ body: ([WriteRequest]) async throws -> Response) async throws -> Response {
        do {
            return try await body([])
        } catch {
            if !Self.mayBeDone(error) { _ = try? await store.write(Delete(), at: key, WriteOptions(view: .leaf)) }
            throw error
        }
    }

    /// Whether a request that failed may have been carried out nevertheless.
    private static func mayBeDone(_ error: any Error) -> Bool {
        [500, 504].contains(Problem(error).status)
    }

    /// The first response, if it is stored. Waits briefly if the first request is still running.
    private func kept() async throws -> Response? {
        for _ in 0..<20 {
            guard let record = try await store.get(key, .leaf).soleLeaf else { return nil }
            guard case .object(let members) = JSONValue(record.value),
                members["fingerprint"]?.stringContent.map({ String(decoding: $0, as: UTF8.self) }) == fingerprint
            else {
                throw Problem(
                    .idempotencyMismatch,
                    "This Idempotency-Key was used for a different request; use a new key for each request.")
            }
            if let response = Response(kept: members) { return response }
            try await Task.sleep(for: .milliseconds(50))
        }
        throw Problem(
            .idempotencyConflict,
            "A request with this Idempotency-Key was started, but its response was not stored. It was not carried out "
                + "again; read the current value to find out what it did.")
    }

    private func options(isFirst: Bool) -> WriteOptions {
        var precondition = Precondition()
        if isFirst { precondition.ifNoneMatch = .any }
        return WriteOptions(view: .leaf, precondition: precondition, lifetime: Self.window)
    }

    private func memory(of response: Response?) -> JSONText {
        var writer = JSONWriter(reserving: (response?.body.count ?? 0) + 512)
        writer.beginObject()
        writer.member("fingerprint", fingerprint)
        if let response {
            writer.member("status", response.status)
            writer.object("headers") { writer in
                for (name, value) in response.headers { writer.member(named: name, value) }
            }
            writer.member("body", utf8: response.body)
        }
        writer.endObject()
        return writer.text
    }
}

extension Response {
    /// The response stored in a key's leaf; nil when none is stored yet.
    fileprivate init?(kept members: JSONObject) {
        guard let status: Int = members["status"]?.text.integer(),
            case .object(let fields)? = members["headers"], let body = members["body"]?.stringContent
        else { return nil }
        let headers = fields.map { field in
            (
                name: String(decoding: field.name, as: UTF8.self),
                value: String(decoding: field.value.stringContent ?? [], as: UTF8.self)
            )
        }
        self.init(status: status, headers: headers, body: body)
        add(.idempotencyReplayed, "true")
    }
}

extension Call {
    /// Carries out writes; only once if the request has an `Idempotency-Key`.
    ///
    /// - Parameter body: carries them out in one commit, with further writes after its own.
    func once(_ body: ([WriteRequest]) async throws -> Response) async throws -> Response {
        guard let idempotency = try Idempotency(self) else { return try await body([]) }
        return try await idempotency.once(body)
    }

    /// Refuses an `Idempotency-Key` on requests that are not stored, because its sender relies on it.
    func requireNoIdempotencyKey(_ what: String) throws(Problem) {
        guard request.hasHeader(.idempotencyKey) else { return }
        throw Problem(.invalidHeader, "Idempotency-Key is not supported for \(what).")
    }
}
