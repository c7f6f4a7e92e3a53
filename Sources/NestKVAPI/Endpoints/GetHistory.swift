import MicroHTTP
import MicroJSON
import NestKVCore

extension Route {
    /// `?history`: the retained revisions of the leaf at the path, newest first, with their values.
    static func readHistory(_ call: Call) async throws -> Response {
        let depth = call.store.capabilities.historyDepth + 1
        let limit = try call.query.number("limit", in: 1...depth) ?? depth
        let records = try await call.store.history(call.key, limit: limit)
        guard !records.isEmpty else {
            throw StoreError(.notFound, "No leaf is or was stored at exactly \(call.key); histories belong to leaves.")
        }
        var writer = JSONWriter(reserving: records.reduce(64) { $0 + $1.value.utf8.count + 384 })
        writer.beginArray()
        for record in records { record.writeRevision(to: &writer, withValue: true) }
        writer.endArray()
        return Response(
            status: 200, headers: [("Content-Type", "application/json"), ("Cache-Control", "no-cache")],
            body: call.isPretty ? writer.text.pretty() : writer.bytes)
    }

    /// `?version=n`: the leaf as it was.
    static func readVersion(
        _ call: Call, _ version: UInt64, isEntry: Bool, isPretty: Bool
    ) async throws -> Response {
        guard let record = try await call.store.version(version, of: call.key) else {
            let latest = try await call.store.history(call.key, limit: 1).first
            guard let latest, version <= latest.version else {
                let none = "No leaf is or was stored at exactly \(call.key); versions belong to leaves."
                let notYet = latest.map { "\(call.key) has no version \(version) yet; the latest is \($0.version)." }
                throw StoreError(.notFound, notYet ?? none)
            }
            throw StoreError(.gone, "Version \(version) of \(call.key) is not retained any more.")
        }
        guard !record.isDeleted else {
            let what = record.isExpiry ? "expired" : "was deleted"
            throw StoreError(.gone, "\(call.key) \(what) in version \(version), at \(record.updatedAt.rfc3339).")
        }
        let node = Node(
            key: call.key,
            records: NodeRecords(
                latest: record, ancestors: [], below: [], isTruncated: false, revision: record.revision),
            isLeafOnly: true)
        let etag = node.etag(isEntry: isEntry, isPretty: isPretty)
        let isNotModified = try call.isNotModified(node, etag)
        let text = isEntry ? Entry(record, history: []).text : record.value
        let response = Response(
            status: 200, headers: node.headers(etag: etag), body: isPretty ? text.pretty() : text.utf8)
        return isNotModified ? response.notModified : response
    }
}
