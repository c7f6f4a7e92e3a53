/// A backup of a whole store in a folder of this machine, made beside its readers and writers.
public struct Backup: Sendable, Equatable {
    /// Its name among the backups of its folder; rises.
    public var id: String
    /// Where it is.
    public var path: String
    /// The revision that it holds: all changes up to this one, and none after it.
    public var revision: Revision
    /// Names the feed of the store that it was made of (``ChangePage/identity``).
    public var store: String
    /// When it was begun.
    public var createdAt: Timestamp
    /// The number of its files.
    public var files: Int
    /// The bytes of its files.
    public var bytes: Int
    /// The bytes that were written for it: what earlier backups of the folder have already is shared with them.
    public var bytesWritten: Int

    /// A backup from its parts.
    public init(
        id: String, path: String, revision: Revision, store: String, createdAt: Timestamp, files: Int, bytes: Int,
        bytesWritten: Int
    ) {
        self.id = id
        self.path = path
        self.revision = revision
        self.store = store
        self.createdAt = createdAt
        self.files = files
        self.bytes = bytes
        self.bytesWritten = bytesWritten
    }
}

/// A backup that is found in a folder, or what is wrong with it.
public struct FoundBackup: Sendable {
    /// Its name among the backups of its folder.
    public var id: String
    /// What it is; the error when that can't be read, or when its files were looked through and are not as they were.
    public var backup: Result<Backup, DriverError>

    /// A finding from its parts.
    public init(id: String, backup: Result<Backup, DriverError>) {
        self.id = id
        self.backup = backup
    }
}
