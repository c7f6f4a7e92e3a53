import CRocksDB
import NestKVCore

#if canImport(Glibc)
    import Glibc
#endif

/// Opens a folder as a nestkv store, or says why not and what to do.
struct DatabaseOpening {
    /// The version of everything that is stored. Another one is refused.
    static let format: UInt32 = 1
    private static let formatRow = Array("format".utf8)
    private static let idRow = Array("id".utf8)

    private let path: String
    private let folder: StoreFolder
    private let database: Database

    init(path: String) {
        self.path = path
        folder = StoreFolder(path: path)
        database = Database(path: path)
    }

    /// Opens the database, made when nothing is there yet, and reads where it stands and what names it.
    func open() throws(DriverError) -> (Database, StoreState, identity: String) {
        let isNew = try inspectFolder()
        do {
            let creating = try isNew || isHalfMade()
            try database.open(creating: creating)
            let state = try readState()
            return (database, state, try readIdentity())
        } catch let error as DriverError {
            database.close()
            throw error
        } catch {
            database.close()
            throw explain(error as? RocksDBFailure ?? RocksDBFailure(description: "\(error)"))
        }
    }

    /// Whether nothing is there yet.
    private func inspectFolder() throws(DriverError) -> Bool {
        var status = stat()
        guard stat(path, &status) == 0 else {
            if errno == ENOENT { return true }
            throw configuration("The store's folder '\(path)' can't be used: \(String(cString: strerror(errno))).")
        }
        guard status.st_mode & S_IFMT == S_IFDIR else {
            throw configuration("The store's path '\(path)' is a file: give the path of a folder.")
        }
        guard access(path, R_OK | W_OK | X_OK) == 0 else {
            throw configuration(
                "The store's folder '\(path)' can't be written: \(String(cString: strerror(errno))). "
                    + "Change its owner or permissions, or give another folder.")
        }
        guard folder.hasRoom(for: 0) else { throw noRoom }
        let names = folder.fileNames
        if names.contains("CURRENT") { return false }
        if names.contains(where: { $0.hasSuffix(".sst") || $0.hasSuffix(".log") }) {
            throw damaged("Its file CURRENT is missing.", cause: nil)
        }
        let strange = names.filter { !Self.isHarmless($0) }.sorted()
        guard strange.isEmpty else {
            throw configuration(
                "The folder '\(path)' is not a nestkv store and not empty (it has '\(strange[0])'): "
                    + "give the path of a new or empty folder.")
        }
        return true
    }

    /// What an interrupted first start or a file system leaves in a folder.
    private static func isHarmless(_ name: String) -> Bool {
        name.hasPrefix(".") || name.hasPrefix("LOG") || name.hasPrefix("MANIFEST-") || name.hasSuffix(".dbtmp")
            || name.hasPrefix("OPTIONS-") || ["LOCK", "IDENTITY", "lost+found"].contains(name)
    }

    /// Whether the first start was interrupted before all families were made. Throws when it isn't our database.
    private func isHalfMade() throws -> Bool {
        let found = Set(try database.familyNames())
        let ours = Set(Database.Family.allCases.map(\.name))
        if found == ours { return false }
        guard found.isSubset(of: ours) else { throw foreign }
        let isEmpty = try database.peek([.info]) { view throws(RocksDBFailure) in
            let rows = view.rows(.info, from: [], before: nil)
            try rows.check()
            return !rows.isValid
        }
        guard isEmpty else { throw foreign }
        return true
    }

    private func readState() throws -> StoreState {
        let found = try database.read { view throws(RocksDBFailure) -> (UInt32?, StoreState?, isEmpty: Bool) in
            let format = try view.get(.info, Self.formatRow) { row throws(RocksDBFailure) in
                var reader = RowReader(row)
                return try reader.integer(UInt32.self)
            }
            let state = try view.get(.info, StoreState.row) { row throws(RocksDBFailure) in
                try StoreState.decode(row)
            }
            return (format, state, isEmpty: !view.rows(.info, from: [], before: nil).isValid)
        }
        switch found {
        case (Self.format?, let state?, _)?:
            return state
        case (Self.format?, nil, _)?:
            throw damaged("It doesn't say where it stands.", cause: nil)
        case (let format?, _, _)?:
            throw configuration(
                "The store in '\(path)' has format \(format); this nestkv reads format \(Self.format). "
                    + "Use the nestkv that wrote it, or give another folder.")
        case (nil, _, isEmpty: true)?:
            return try initialise()
        default:
            throw foreign
        }
    }

    private func readIdentity() throws -> String {
        let id = try database.read { view throws(RocksDBFailure) in
            try view.get(.info, Self.idRow) { row throws(RocksDBFailure) in
                var reader = RowReader(row)
                return String(try reader.integer(UInt32.self), radix: 36)
            }
        }
        guard case let id?? = id else { throw damaged("It doesn't say which store it is.", cause: nil) }
        return id
    }

    private func initialise() throws -> StoreState {
        var format = RowWriter(capacity: 4)
        format.integer(Self.format)
        let state = StoreState()
        let batch = try database.makeBatch()
        batch.put(.info, Self.formatRow, format.bytes)
        batch.put(.info, Self.idRow, (0..<16).map { _ in UInt8.random(in: 0...255) })
        batch.put(.info, StoreState.row, state.encode())
        try database.write(batch, isSynced: true)
        return state
    }
}

extension DatabaseOpening {
    private func configuration(_ message: String, cause: String? = nil) -> DriverError {
        DriverError(.configuration, message, cause: cause)
    }

    private var foreign: DriverError {
        configuration(
            "The folder '\(path)' holds a RocksDB database of another program: give the path of another folder.")
    }

    private var noRoom: DriverError {
        configuration("There is no room on the disk of the store '\(path)': make some.")
    }

    private func damaged(_ detail: String, cause: String?) -> DriverError {
        DriverError(
            .corrupt,
            "The store in '\(path)' is damaged. \(detail) Restore a backup, or move the folder away to begin empty.",
            cause: cause)
    }

    /// What RocksDB's words mean for the one who starts the service.
    private func explain(_ failure: RocksDBFailure) -> DriverError {
        let words = failure.description
        if words.contains("Permission denied") || words.contains("Read-only file system") {
            return configuration(
                "The store's folder '\(path)' can't be written. Change its owner or permissions, or give another "
                    + "folder.", cause: words)
        }
        if words.contains("/LOCK") {
            return configuration(
                "The store in '\(path)' is open in another process: stop that one, or give another folder.",
                cause: words)
        }
        if failure.isFull {
            return noRoom
        }
        if words.contains("mkdir if missing") {
            return configuration(
                "The store's folder '\(path)' can't be made: make the folder above it first.", cause: words)
        }
        if failure.isCorruption || words.contains("No such file") {
            return damaged("RocksDB can't open it.", cause: words)
        }
        return configuration("The store in '\(path)' can't be opened.", cause: words)
    }
}
