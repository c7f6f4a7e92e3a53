import Foundation
import Glibc

/// A small file system in memory, to run out of room on. Needs root, as CI has it.
public enum SmallDisk {
    /// Whether one can be mounted here.
    public static let isPossible: Bool = {
        guard geteuid() == 0, let folder = try? TemporaryFolder() else { return false }
        guard mount("tmpfs", folder.path, "tmpfs", 0, "size=1m") == 0 else { return false }
        umount2(folder.path, Int32(MNT_DETACH))
        return true
    }()

    /// Runs a body with the path of a file system of this size.
    public static func with(mebibytes: Int, _ body: (String) async throws -> Void) async throws {
        let folder = try TemporaryFolder()
        guard mount("tmpfs", folder.path, "tmpfs", 0, "size=\(mebibytes)m") == 0 else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EPERM)
        }
        defer { umount2(folder.path, Int32(MNT_DETACH)) }
        try await body(folder.path)
    }
}

/// A folder that can only be read: mounted so for root, by its permissions for all other users.
public enum ReadOnlyMount {
    /// Runs a body while the folder can't be written.
    public static func with(_ path: String, _ body: () async throws -> Void) async throws {
        if geteuid() != 0 {
            chmod(path, 0o555)
            defer { chmod(path, 0o755) }
            return try await body()
        }
        let bind = UInt(MS_BIND)
        guard mount(path, path, nil, bind, nil) == 0 else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EPERM)
        }
        defer { umount2(path, Int32(MNT_DETACH)) }
        guard mount(nil, path, nil, bind | UInt(MS_REMOUNT) | UInt(MS_RDONLY), nil) == 0 else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EPERM)
        }
        try await body()
    }
}
