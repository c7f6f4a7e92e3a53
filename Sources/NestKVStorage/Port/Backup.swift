import MicroJSON

/// A backup of a whole store in a folder of this machine, made while the store was in use.
public struct Backup: Sendable, Equatable {
    /// Its name among the backups of its folder. Later backups have greater names.
    public var id: String
    /// The path of the backup.
    public var path: String
    /// The revision of the backup. It contains all changes up to this one and no later ones.
    public var revision: Revision
    /// The identity of the backed-up store's feed (``ChangePage/identity``).
    public var store: String
    /// When the backup was started.
    public var createdAt: Timestamp
    /// The number of its files.
    public var files: Int
    /// The bytes of its files.
    public var bytes: Int
    /// The bytes written for it. Data that earlier backups of the folder already contain is shared with them.
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

    /// Writes the members that describe the backup. The caller begins and ends the object.
    public func write(to writer: inout JSONWriter) {
        writer.member("id", id)
        writer.member("path", path)
        writer.member("revision", revision)
        writer.member("store", store)
        writer.member("createdAt", createdAt)
        writer.member("files", files)
        writer.member("bytes", bytes)
    }
}

/// A backup found in a folder, or the error in it.
public struct FoundBackup: Sendable {
    /// Its name among the backups of its folder.
    public var id: String
    /// The backup; an error if it can't be read, or if a check found that its files have changed.
    public var backup: Result<Backup, DriverError>

    /// A finding from its parts.
    public init(id: String, backup: Result<Backup, DriverError>) {
        self.id = id
        self.backup = backup
    }
}
