import MicroHTTP
import MicroJSON
import NestKVCore
import NestKVStorage

extension Reading {
    /// The leaf as it was in a version.
    static let version = Reading(
        "a version", selector: "version", parameters: ["version", "leaf", "entry", "pretty"],
        isAskedFor: { $0.query.has("version") }
    ) { call in
        let version = try call.query.number("version", in: 1...UInt64.max) ?? 1
        let isEntry = try call.query.flag("entry")
        guard let record = try await call.store.version(version, of: call.key) else {
            let latest = try await call.store.history(call.key, limit: 1).first
            guard let latest, version <= latest.version else {
                let none = "No leaf is or was stored at exactly \(call.key), and only leaves have versions."
                let notYet = latest.map { "\(call.key) has no version \(version) yet; the latest is \($0.version)." }
                throw StoreError(.notFound, notYet ?? none)
            }
            throw StoreError(.gone, "Version \(version) of \(call.key) is no longer retained.")
        }
        guard !record.isDeleted else {
            let what = record.isExpiry ? "expired" : "was deleted"
            throw StoreError(.gone, "\(call.key) \(what) in version \(version), at \(record.updatedAt.rfc3339).")
        }
        let records = NodeRecords(latest: record, revision: record.revision)
        let node = Node(key: call.key, records: records, isLeafOnly: true)
        let etag = node.etag(isEntry: isEntry, isPretty: call.isPretty)
        let isNotModified = try call.isNotModified(node, etag)
        let text = isEntry ? Entry(record).text : record.value
        let response = Response(
            status: 200, headers: node.headers(etag: etag),
            body: try text.body(isPretty: call.isPretty, call.store.limits))
        return isNotModified ? response.notModified : response
    }
}
