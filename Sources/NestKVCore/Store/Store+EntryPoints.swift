import NestKVStorage

extension Store {
    /// Counts the contents of an entry point. It reads every leaf, page by page, so the counts don't belong to one
    /// moment.
    public func usage(of entryPoint: Key) async throws(StoreError) -> EntryPointUsage {
        var usage = EntryPointUsage()
        var after: Key?
        while true {
            let page = try await scan(entryPoint, after: after, limit: 1000)
            usage.leaves += page.records.count
            for record in page.records {
                usage.bytes += record.key.bytes.count + record.value.utf8.count
                usage.revision = max(usage.revision ?? 0, record.revision)
            }
            guard page.hasMore, let last = page.records.last else { return usage }
            after = last.key
        }
    }

    /// Deletes everything in an entry point, some leaves with each commit. Leaves that are written meanwhile may
    /// remain.
    ///
    /// - Returns: the number of deleted leaves.
    public func purge(_ entryPoint: Key, _ options: WriteOptions) async throws(StoreError) -> Int {
        var count = 0
        while true {
            let page = try await scan(entryPoint, after: nil, limit: 500)
            let requests = page.records.map { record in
                var options = options
                options.view = .leaf
                options.ignoresSchemas = true
                options.precondition = Precondition()
                options.precondition.ifVersion = record.version
                return WriteRequest(Delete(), at: record.key, options)
            }
            guard !requests.isEmpty else { return count }
            do {
                count += try await write(requests, if: []).count
            } catch {
                // Another writer was faster with one of them.
                guard error.code == .preconditionFailed else { throw error }
            }
        }
    }
}

/// The contents of an entry point, as counts.
public struct EntryPointUsage: Sendable {
    /// The number of its leaves.
    public var leaves = 0
    /// The bytes of their keys and values.
    public var bytes = 0
    /// The greatest revision of its leaves; nil if it is empty.
    public var revision: Revision?
}
