import MicroJSON
import NestKVStorage

extension Bucket {
    /// The most bytes of keys in one request for their values. A server accepts a megabyte, and escaping needs three
    /// times as much.
    private static let keyBytesMax = 128 << 10

    /// The leaves at and below a key in key order, beginning after `after`.
    ///
    /// If one request can read them all, it does. Otherwise the keys are listed for the walk, without values, and each
    /// page reads the values of its own leaves.
    func leaves(_ key: Key, after: Key?, limit: Int) async throws(DriverError) -> Page {
        if after == nil {
            let reading = try await read(key, Reach(ancestors: false, leavesBelow: limit, bytesBelow: .max))
            let all = [reading.latest].compactMap { $0?.operation == .set ? $0 : nil } + reading.below
            if !reading.isTruncated {
                return Page(records: all.prefix(limit).map(\.record), hasMore: all.count > limit)
            }
        }
        var keys = try await listing(key).keys(from: key, after: after)
        var page = Page(records: [], hasMore: false)
        while !keys.isEmpty, page.records.count <= limit {
            let next = Self.nextKeys(keys, atMost: min(limit + 1 - page.records.count, hasBatchGet ? 512 : 64))
            keys = keys.dropFirst(next.count)
            let found = try await latest(of: Array(next)).filter { $0.operation == .set }
            page.records += found.map(\.record).sorted { $0.key < $1.key }
        }
        page.hasMore = page.records.count > limit
        page.records = Array(page.records.prefix(limit))
        return page
    }

    /// The first keys, as many as one request can name.
    private static func nextKeys(_ keys: ArraySlice<Key>, atMost count: Int) -> ArraySlice<Key> {
        var bytes = 0
        return keys.prefix(count).prefix { key in
            defer { bytes += key.bytes.count + 16 }
            return bytes < keyBytesMax
        }
    }

    /// The keys at and below a key, as of now.
    private func listing(_ key: Key) async throws(DriverError) -> KeyListing {
        if listings.find(key) != nil,
            try await confirmations.wait({ () async throws(DriverError) in try await self.learnNews() }),
            let known = listings.find(key), let current = withRecent({ known.current(by: $0) })
        {
            listings.keep(current)
            return current
        }
        let known = revision
        let messages = try await last(matching: filter(below: key), hasValues: false).rows.compactMap(\.stored)
        let listing = KeyListing(of: key, messages, at: known)
        listings.keep(listing)
        return listing
    }

    /// The latest messages of some keys, of those that have one.
    func latest(of keys: [Key]) async throws(DriverError) -> [StoredRecord] {
        guard hasBatchGet else { return try await latestOneByOne(keys) }
        let known = revision
        let subjects = keys.map { JSONValue.string(subject(of: $0)) }
        for attempt in 0... {
            guard let batch = try await getBatch(.json(("multi_last", .array(JSONArray(subjects))))) else {
                return try await latestOneByOne(keys)
            }
            // A replica may lack what this process has already written or seen.
            let isStale = batch.upTo.map { $0 < known } ?? (batch.rows.isEmpty && configuration.replicas > 1)
            guard isStale else { return batch.rows.compactMap(\.stored) }
            try await waitForReplica(attempt, keys)
        }
        fatalError("the loop ends by returning or throwing")
    }

    /// All requested at once, because a server before 2.11 has no request for several.
    private func latestOneByOne(_ keys: [Key]) async throws(DriverError) -> [StoredRecord] {
        try await keys.mapConcurrently { (key) throws(DriverError) in try await self.latest(key) }.compactMap(\.self)
    }
}
