import FoundationEssentials
import Glibc

/// A new folder that exists as long as this object.
public final class TemporaryFolder: Sendable {
    /// The folder's absolute path.
    public let path: String

    /// Makes an empty folder.
    public init() throws {
        var template = Array("\(FileManager.default.temporaryDirectory.path)/nestkv-blackbox-XXXXXX".utf8CString)
        guard mkdtemp(&template) != nil else { throw TestFailure.system("mkdtemp") }
        path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// The bytes of a file that a test needs.
public func contents(ofFile path: String) throws -> [UInt8] {
    guard let data = FileManager.default.contents(atPath: path) else { throw TestFailure("there is no file \(path)") }
    return Array(data)
}
