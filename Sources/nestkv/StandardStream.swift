#if canImport(Glibc)
    import Glibc
#endif

/// A standard stream by its descriptor. C's `stdout` and `stderr` are mutable globals, which Swift 6 refuses.
enum StandardStream: Int32 {
    case output = 1
    case error = 2

    /// Writes all of a text, whatever happens in between; a closed stream swallows it.
    func write(_ text: String) {
        write(Array(text.utf8))
    }

    /// Writes all of some bytes.
    func write(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { buffer in
            var rest = buffer[...]
            while !rest.isEmpty {
                let count = Glibc.write(rawValue, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count > 0 {
                    rest = rest.dropFirst(count)
                } else if count < 0, errno != EINTR {
                    return
                }
            }
        }
    }
}
