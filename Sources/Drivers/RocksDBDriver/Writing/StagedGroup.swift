import NestKVStorage

/// Transactions that were accepted or refused and wait for their common write.
struct StagedGroup {
    /// The transactions in the order in which they came.
    var requests: [WriterQueue.Request] = []
    /// The records that this group writes, in order.
    var records: [Record] = []
    /// The rows to write; nil if nothing changes.
    var batch: WriteBatch?
    /// The latest of ``records`` by key, as far as it was needed.
    private var latest: [Key: Record] = [:]
    private var indexedCount = 0

    /// The latest record of a key that this group changes; nil if it doesn't change the key.
    mutating func latest(_ key: Key) -> Record? {
        for record in records[indexedCount...] { latest[record.key] = record }
        indexedCount = records.count
        return latest[key]
    }

    /// Answers all callers.
    ///
    /// - Parameter failure: why the common write failed.
    func finish(_ failure: DriverError?) {
        for request in requests { request.finish(failure) }
    }
}
