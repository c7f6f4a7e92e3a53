import Digests
import MicroJSON
import NestKVStorage

/// The list of a backup's files with their contents' hashes: a line of JSON, and the SHA-256 of that line. It is
/// written last, so a folder without it is not a backup.
struct BackupManifest {
    /// The file's name.
    static let name = "nestkv-backup.json"
    private static let format = 1

    /// A file of the backup.
    struct File {
        let name: String
        let bytes: Int
        let hash: String
        /// The mark of the store's file when it was copied (``BackupFiles/mark(_:)``).
        let mark: String
    }

    let revision: Revision
    let store: String
    let createdAt: Timestamp
    let files: [File]
    let bytesWritten: Int

    /// The description of the backup.
    func backup(id: String, at path: String) -> Backup {
        Backup(
            id: id, path: path, revision: revision, store: store, createdAt: createdAt, files: files.count,
            bytes: files.reduce(0) { $0 + $1.bytes }, bytesWritten: bytesWritten)
    }

    /// The bytes of the manifest's file.
    func encode() -> [UInt8] {
        var writer = JSONWriter()
        writer.beginObject()
        writer.member("format", Self.format)
        writer.member("revision", revision)
        writer.member("store", store)
        writer.member("createdAt", createdAt)
        writer.member("bytesWritten", bytesWritten)
        writer.array("files", of: files) { writer, file in
            writer.object { writer in
                writer.member("name", file.name)
                writer.member("sha256", file.hash)
                writer.member("mark", file.mark)
                writer.member("bytes", file.bytes)
            }
        }
        writer.endObject()
        return writer.bytes + [0x0A] + Array("\(SHA256.digest(of: writer.bytes).hexadecimal)\n".utf8)
    }

    /// Reads the manifest of a backup.
    init(of path: String) throws(DriverError) {
        let file = "\(path)/\(Self.name)"
        let bytes = try BackupFiles.contents(file)
        let lines = bytes.split(separator: 0x0A)
        guard lines.count == 2, bytes.last == 0x0A,
            lines[1].elementsEqual(SHA256.digest(of: lines[0]).hexadecimal.utf8),
            let text = try? JSONText(parsing: Array(lines[0])), text.number(at: "format") == Self.format,
            let revision = text.number(at: "revision"), let written = text.number(at: "bytesWritten"),
            let store = text.text(at: "store"),
            let time = text.text(at: "createdAt").flatMap({ Timestamp(rfc3339: $0) }),
            let files = text.slice(at: [Array("files".utf8)])?.elements.map({ File(JSONText(trusted: Array($0))) }),
            !files.contains(where: { $0 == nil })
        else { throw .damagedBackup(path, "its file '\(Self.name)' was changed or cut") }
        self.init(
            revision: Revision(revision), store: store, createdAt: time, files: files.compactMap { $0 },
            bytesWritten: written)
    }

    init(revision: Revision, store: String, createdAt: Timestamp, files: [File], bytesWritten: Int) {
        (self.revision, self.store, self.createdAt) = (revision, store, createdAt)
        (self.files, self.bytesWritten) = (files, bytesWritten)
    }

    /// Reads all files of a backup and compares them with the manifest.
    func verify(_ path: String) throws(DriverError) {
        for file in files {
            let found: (bytes: Int, hash: String)
            do {
                found = try BackupFiles.hash("\(path)/\(file.name)")
            } catch {
                throw .damagedBackup(path, error.message)
            }
            try check(file, found, path)
        }
    }

    /// Compares the bytes and hash that were read of a file with the manifest.
    func check(_ file: File, _ found: (bytes: Int, hash: String), _ path: String) throws(DriverError) {
        guard found == (file.bytes, file.hash) else {
            throw .damagedBackup(path, "its file '\(file.name)' was changed or cut")
        }
    }
}

extension BackupManifest.File {
    /// Reads a file's entry; nil if it is malformed. A name must be one within this folder.
    fileprivate init?(_ text: JSONText) {
        guard let name = text.text(at: "name"), let bytes = text.number(at: "bytes"),
            let hash = text.text(at: "sha256"),
            let mark = text.text(at: "mark"), !name.isEmpty, !name.contains("/"), !name.hasPrefix(".")
        else { return nil }
        self.init(name: name, bytes: bytes, hash: hash, mark: mark)
    }
}

extension DriverError {
    /// The error for a backup that must not be used.
    static func damagedBackup(_ path: String, _ what: String) -> DriverError {
        DriverError(.corrupt, "The backup '\(path)' is damaged: \(what). Use another one.")
    }
}
