#if canImport(Glibc)
    import Glibc
#endif

/// The environment that the process was started with. It is read from `/proc`, because C's `environ` is a mutable
/// global, which Swift 6 refuses.
package enum Environment {
    /// The variable that names the server of commands that talk to one.
    package static let server = "NESTKV_SERVER"

    package static var variables: [String: String] {
        var variables: [String: String] = [:]
        for entry in contents(of: "/proc/self/environ").split(separator: 0) {
            let pair = entry.split(separator: UInt8(ascii: "="), maxSplits: 1, omittingEmptySubsequences: false)
            guard pair.count == 2 else { continue }
            variables[String(decoding: pair[0], as: UTF8.self)] = String(decoding: pair[1], as: UTF8.self)
        }
        return variables
    }

    private static func contents(of path: String) -> [UInt8] {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return [] }
        defer { close(file) }
        var contents: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while case let count = read(file, &buffer, buffer.count), count > 0 { contents += buffer[..<count] }
        return contents
    }
}
