import NestKVStorage

/// Merges a store's tables and logs without RocksDB's list of them. Each file is opened alone. Of two records of a
/// leaf, the later revision wins. So a deletion wins as long as its tombstone exists, and files left over by compaction
/// do no harm.
struct LooseFiles {
    /// The folder with the files.
    let path: String
    /// A folder in which one file at a time is opened.
    let workPath: String
    /// An open, empty database for the rows.
    let target: Database

    /// Collects all rows. Returns the names of the files that can't be read.
    func collect() throws -> [String] {
        var unreadable: [String] = []
        let names = StoreFolder(path: path).fileNames.filter { $0.hasSuffix(".sst") || $0.hasSuffix(".log") }
        for name in names.sorted() {
            FileTree.remove(workPath)
            try FileTree.make(workPath)
            // RocksDB moves files that it can't read. It never writes into a table.
            if name.hasSuffix(".sst") {
                try FileTree.link("\(path)/\(name)", "\(workPath)/\(name)")
            } else {
                try FileTree.copy("\(path)/\(name)", "\(workPath)/\(name)")
            }
            let part = Database(path: workPath, salvaging: true)
            defer { part.close() }
            let isOpen = (try? part.rebuildManifest()) != nil && (try? part.open(creating: true)) != nil
            let isWhole = try isOpen && Database.Family.allCases.reduce(true) { try take($1, from: part) && $0 }
            if !isWhole || StoreFolder(path: "\(workPath)/lost").fileNames.contains(name) { unreadable.append(name) }
        }
        return unreadable
    }

    /// Takes the rows of a family; false if not all can be read.
    private func take(_ family: Database.Family, from part: Database) throws(RocksDBFailure) -> Bool {
        var batch = try target.makeBatch()
        let gaps = try Salvage(database: part, family: family).rows { key, value throws(RocksDBFailure) in
            let key = Array(key)
            guard try isLatest(family, key, value) else { return }
            batch.put(family, key, Array(value))
            if batch.bytes > 1 << 20 {
                try target.write(batch, isSynced: false)
                batch = try target.makeBatch()
            }
        }
        try target.write(batch, isSynced: false)
        return gaps == 0
    }

    private func isLatest(
        _ family: Database.Family, _ key: [UInt8], _ value: UnsafeRawBufferPointer
    ) throws(RocksDBFailure) -> Bool {
        switch family {
        case .feed, .history: return true
        case .info:
            guard key == StoreState.row, let state = try? StoreState.decode(value) else { return false }
            let known = (try? target.read { view throws(RocksDBFailure) in try view.state() }) ?? nil
            return state.revision > known?.revision ?? 0
        case .entries, .tombstones:
            guard let revision = try? RecordRow.revision(value) else { return false }
            let known = try target.read { view throws(RocksDBFailure) in
                let leaf = try view.get(.entries, key) { row throws(RocksDBFailure) in try RecordRow.revision(row) }
                let deletion = try view.get(.tombstones, key) { row throws(RocksDBFailure) in
                    try RecordRow.revision(row)
                }
                return max(leaf ?? 0, deletion ?? 0)
            }
            guard revision > known ?? 0 else { return false }
            let batch = try target.makeBatch()
            batch.delete(family == .entries ? .tombstones : .entries, key)
            try target.write(batch, isSynced: false)
            return true
        }
    }
}
