import CRocksDB
import NestKVCore

/// An error as RocksDB words it: `IO error: No space left on device: While appending to file: …`.
struct RocksDBFailure: Error, CustomStringConvertible {
    let description: String

    /// What we say ourselves before RocksDB says it.
    static let noRoom = RocksDBFailure(description: "IO error: No space left on device: almost")

    /// What we say ourselves when the folder isn't the store's any more.
    static func lost(_ problem: String) -> RocksDBFailure { RocksDBFailure(description: "Lost: \(problem)") }

    /// What ``lost(_:)`` was told.
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

    /// Whether a write may have reached the disk all the same: it was appended, and making it durable failed.
    var isAmbiguous: Bool {
        description.contains("sync") && !description.contains("appending")
    }

    /// Runs a call that reports by `errptr`.
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
    /// A failed read.
    static func reading(_ what: String, _ failure: RocksDBFailure) -> DriverError {
        failure.isCorruption
            ? .damaged(what, cause: failure.description)
            : DriverError(
                .unavailable, "\(what) can't be read from disk now; try again, and see the service's log.",
                cause: failure.description)
    }

    /// A failed write.
    static func writing(_ failure: RocksDBFailure) -> DriverError {
        if let problem = failure.loss { return DriverError(.unavailable, "Nothing was changed. \(problem)") }
        if failure.isAmbiguous {
            return DriverError(
                .unknown, "The disk failed while the change was made durable: read again whether it is there.",
                cause: failure.description)
        }
        if failure.isFull {
            return DriverError(
                .full, "The disk is full: nothing was changed. Make room; writing goes on by itself then.",
                cause: failure.description)
        }
        if failure.isCorruption {
            return DriverError(
                .corrupt, "The database is damaged and takes no more changes: restore a backup.",
                cause: failure.description)
        }
        return DriverError(
            .unavailable, "The disk refused the change: nothing was changed; see the service's log.",
            cause: failure.description)
    }

    /// A stored row that can't be what was written.
    static func damaged(_ what: String, cause: String?) -> DriverError {
        DriverError(.corrupt, "What is stored for \(what) is damaged: restore it from a backup.", cause: cause)
    }
}
