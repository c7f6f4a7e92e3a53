import MicroText
import NestKVStorage
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// The file with a store's ``DurabilityMark``: two slots that are written in turn, so that one of them is always
/// intact. A process that has the store open holds a lock on the file.
final class MarkFile: Sendable {
    /// The file's name in the store's folder.
    static let name = "nestkv.mark"
    /// The row of `info` that says that the file exists.
    static let row = Array("mark".utf8)

    /// The content of a file.
    enum Found {
        case nothing
        case damaged
        case mark(DurabilityMark)
    }

    private let descriptor: Int32
    private let state: Mutex<(mark: DurabilityMark, isClosed: Bool)>
    private let isSynced: Bool

    private init(descriptor: Int32, mark: DurabilityMark, isSynced: Bool) {
        self.descriptor = descriptor
        self.isSynced = isSynced
        state = Mutex((mark, false))
    }

    deinit {
        Glibc.close(descriptor)
    }

    /// Reads the file in a folder.
    static func find(in folder: String) -> Found {
        let descriptor = Glibc.open("\(folder)/\(name)", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return errno == ENOENT ? .nothing : .damaged }
        defer { Glibc.close(descriptor) }
        return read(descriptor).map { .mark($0) } ?? .damaged
    }

    private static func read(_ descriptor: Int32) -> DurabilityMark? {
        var bytes = [UInt8](repeating: 0, count: 2 * DurabilityMark.length)
        let count = pread(descriptor, &bytes, bytes.count, 0)
        guard count > 0 else { return nil }
        let marks = bytes.withUnsafeBytes { bytes in
            [0, DurabilityMark.length].compactMap {
                DurabilityMark.decode(UnsafeRawBufferPointer(rebasing: bytes[$0...]))
            }
        }
        return marks.max { $0.number < $1.number }
    }

    /// Whether any process, including this one, has the folder's store open.
    static func isLocked(in folder: String) -> Bool {
        let descriptor = Glibc.open("\(folder)/\(name)", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { Glibc.close(descriptor) }
        // A file system without locks returns another error. Then RocksDB's own lock protects the store.
        return flock(descriptor, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }

    /// Opens the folder's file, creates it if it doesn't exist, and holds its lock.
    ///
    /// - Returns: nil if another process holds the lock.
    static func open(
        in folder: String, _ mark: DurabilityMark, isSynced: Bool
    ) throws(RocksDBFailure) -> MarkFile? {
        let path = "\(folder)/\(name)"
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw failure("open", path) }
        if flock(descriptor, LOCK_EX | LOCK_NB) != 0, errno == EWOULDBLOCK {
            Glibc.close(descriptor)
            return nil
        }
        let file = MarkFile(descriptor: descriptor, mark: mark, isSynced: isSynced)
        // Both slots have room from now on, so that a full disk changes nothing.
        for _ in 0..<2 { guard file.write({ _ in }) else { throw failure("write", path) } }
        guard file.sync(), syncFolder(folder) else { throw failure("sync", path) }
        return file
    }

    private static func syncFolder(_ folder: String) -> Bool {
        let descriptor = Glibc.open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { Glibc.close(descriptor) }
        return fsync(descriptor) == 0
    }

    private static func failure(_ what: String, _ path: String) -> RocksDBFailure {
        RocksDBFailure(description: "IO error: \(String(cString: strerror(errno))): While \(what) \(path)")
    }

    /// The mark.
    var mark: DurabilityMark { state.withLock { $0.mark } }

    /// Records that a revision is as durable as the store promises. If writing fails, the mark stays older, which is
    /// harmless.
    func advance(to revision: Revision) {
        write { mark in
            if isSynced {
                mark.durable = revision
            } else {
                mark.buffered = revision
                mark.boot = Machine.boot
            }
        }
    }

    /// Records that everything up to a revision is on disk, and syncs the mark, too.
    func seal(at revision: Revision) {
        write { $0.durable = revision }
        sync()
    }

    /// Records a manifest, unless a newer one is recorded already.
    func record(_ manifest: DurabilityMark.Manifest) {
        write { mark in
            if (manifest.number, manifest.bytes) > (mark.manifest.number, mark.manifest.bytes) {
                mark.manifest = manifest
            }
        }
    }

    /// Lets other processes open the store. Nothing is written afterwards.
    func close() {
        state.withLock { state in
            state.isClosed = true
            flock(descriptor, LOCK_UN)
        }
    }

    @discardableResult
    private func write(_ change: (inout DurabilityMark) -> Void) -> Bool {
        state.withLock { state in
            guard !state.isClosed else { return false }
            change(&state.mark)
            state.mark.number += 1
            let bytes = state.mark.encode()
            let place = off_t(state.mark.number % 2) * off_t(DurabilityMark.length)
            return pwrite(descriptor, bytes, bytes.count, place) == bytes.count
        }
    }

    @discardableResult
    private func sync() -> Bool {
        fdatasync(descriptor) == 0
    }

    /// Whether the file in the folder is still this one.
    func isStillIn(_ folder: String) -> Bool {
        var own = stat()
        var there = stat()
        return fstat(descriptor, &own) == 0 && stat("\(folder)/\(Self.name)", &there) == 0
            && own.st_ino == there.st_ino && own.st_dev == there.st_dev
    }
}

/// The machine that this process runs on.
enum Machine {
    /// Identifies the present boot of the machine.
    static let boot: UInt64 = {
        let descriptor = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return 0 }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = read(descriptor, &bytes, bytes.count)
        guard count > 0 else { return 0 }
        var digest = FNV1a()
        digest.add(bytes[..<count])
        return digest.value
    }()
}
