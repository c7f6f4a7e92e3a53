import CRocksDB
import NestKVStorage

/// An error with RocksDB's text: `IO error: No space left on device: While appending to file: …`.
struct RocksDBFailure: Error, CustomStringConvertible {
    let description: String

    /// nestkv's own error, before RocksDB runs out of room.
    static let noRoom = RocksDBFailure(description: "IO error: No space left on device: almost")

    /// nestkv's own error if the folder isn't the store's any more.
    static func lost(_ problem: String) -> RocksDBFailure { RocksDBFailure(description: "Lost: \(problem)") }

    /// The problem that ``lost(_:)`` was made with.
    var loss: String? { description.hasPrefix("Lost: ") ? String(description.dropFirst(6)) : nil }

    /// Whether it is ``noRoom``.
    var isNoRoom: Bool { description == Self.noRoom.description }

    /// Whether there was no room.
    var isFull: Bool {
        description.contains("No space left") || description.contains("Disk quota exceeded")
            || description.contains("Space limit reached")
    }

    /// Whether stored bytes are damaged.
    var isCorruption: Bool { description.hasPrefix("Corruption") }

    /// Whether a write may have reached the disk nevertheless: it was appended, and making it durable failed.
    var isAmbiguous: Bool {
        description.contains("sync") && !description.contains("appending")
    }

    /// Calls a function that reports errors by `errptr`.
    static func check<Result>(
        _ call: (UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>) -> Result
    ) throws(RocksDBFailure) -> Result {
        var message: UnsafeMutablePointer<CChar>?
        let result = call(&message)
        guard let message else { return result }
        defer { rocksdb_free(message) }
        throw RocksDBFailure(description: String(cString: message))
    }
}

extension DriverError {
    /// The error of a failed read.
    static func reading(_ what: String, _ failure: RocksDBFailure) -> DriverError {
        failure.isCorruption
            ? .damaged(what, cause: failure.description)
            : DriverError(
                .unavailable, "\(what) can't be read from the disk: try again, and see the service's log.",
                cause: failure.description)
    }

    /// The error of a failed write.
    static func writing(_ failure: RocksDBFailure) -> DriverError {
        if let problem = failure.loss { return DriverError(.unavailable, "Nothing was changed. \(problem)") }
        if failure.isAmbiguous {
            return DriverError(
                .unknown, "The disk failed while the change was made durable: read whether the change exists.",
                cause: failure.description)
        }
        if failure.isFull {
            return DriverError(
                .full, "The disk is full, so nothing was changed. Make room; writes then work again by themselves.",
                cause: failure.description)
        }
        if failure.isCorruption {
            return DriverError(
                .corrupt, "The database is damaged and takes no more changes. Restore a backup.",
                cause: failure.description)
        }
        return DriverError(
            .unavailable, "The disk refused the change, so nothing was changed: see the service's log.",
            cause: failure.description)
    }

    /// The error for a stored row that nestkv can't have written.
    static func damaged(_ what: String, cause: String?) -> DriverError {
        DriverError(.corrupt, "The stored data of \(what) is damaged. Restore it from a backup.", cause: cause)
    }
}
