import MicroHTTP
import MicroJSON
import NestKVCore
import NestKVStorage

extension Reading {
    /// The retained revisions of the leaf at the path, newest first, with their values.
    static let history = Reading(
        "a history", selector: "history", parameters: ["history", "limit", "leaf", "pretty"],
        isAskedFor: { call throws(Problem) in try call.query.flag("history") }
    ) { call in
        let depth = call.store.capabilities.historyDepth + 1
        let limit = try call.query.number("limit", in: 1...depth) ?? depth
        let records = try await call.history(limit: limit)
        guard !records.isEmpty else {
            throw StoreError(
                .notFound, "No leaf is or was stored at exactly \(call.key), and only leaves have a history.")
        }
        var writer = JSONWriter(reserving: records.reduce(64) { $0 + $1.value.utf8.count + 384 })
        writer.beginArray()
        for record in records { record.writeRevision(to: &writer, withValue: true) }
        writer.endArray()
        return Response(
            status: 200, headers: [.contentType: MediaType.json, .cacheControl: "no-cache"],
            body: try writer.text.body(isPretty: call.isPretty, call.store.limits))
    }
}

extension Call {
    /// The path's revisions. They are read in steps, so that at most about twice the limit on a reply is read.
    fileprivate func history(limit: Int) async throws(StoreError) -> [Record] {
        let most = store.limits.composedBytes
        var count = min(limit, 65)
        while true {
            let records = try await store.history(key, limit: count)
            var bytes = 2
            for (index, record) in records.enumerated() {
                bytes += record.replyBytes
                guard bytes > most else { continue }
                throw StoreError(
                    .subtreeTooLarge,
                    "The history would have more than \(most) bytes; request fewer revisions, as with "
                        + "'limit=\(max(index, 1))', or a single one with 'version='.", limit: most)
            }
            guard records.count == count, count < limit else { return records }
            count = min(count * 2, limit)
        }
    }
}

extension Record {
    /// The approximate minimum of bytes that a revision takes in a reply.
    fileprivate var replyBytes: Int {
        let labels = attribution.tags.reduce(0) { $0 + $1.utf8.count + 3 }
        return value.utf8.count + labels + (attribution.comment?.utf8.count ?? 0) + 384
    }
}
