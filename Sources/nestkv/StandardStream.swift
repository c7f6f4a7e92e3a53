#if canImport(Glibc)
    import Glibc
#endif

/// A standard stream by its descriptor. C's `stdout` and `stderr` are mutable globals, which Swift 6 refuses.
enum StandardStream: Int32 {
    case output = 1
    case error = 2

    /// Takes the descriptors of standard streams that are closed, before anything else is opened: a file or socket
    /// would get their numbers, and what is meant for the stream. Reading and writing them fails as before: each is
    /// opened for the other direction.
    ///
    /// Writing to a pipe without a reader is an error from now on, and not the end of the process.
    static func secure() {
        for number: Int32 in 0...2 where fcntl(number, F_GETFD) < 0 {
            // The lowest number that is free: this one.
            _ = open("/dev/null", number == 0 ? O_WRONLY : O_RDONLY)
        }
        signal(SIGPIPE, SIG_IGN)
    }

    /// Ends the process as a program does that writes to a pipe without a reader, as in `nestkv list | head`.
    static func endByBrokenPipe() -> Never {
        signal(SIGPIPE, SIG_DFL)
        raise(SIGPIPE)
        exit(1)
    }

    /// Writes all of a text, whatever happens in between; a closed stream swallows it.
    func write(_ text: String) {
        write(Array(text.utf8))
    }

    /// Writes all of some bytes.
    func write(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { _ = write($0) }
    }

    /// Writes all of some bytes, and waits for who reads them.
    ///
    /// - Returns: how many could be written.
    func write(_ buffer: UnsafeRawBufferPointer) -> Int {
        var written = 0
        while written < buffer.count {
            let rest = UnsafeRawBufferPointer(rebasing: buffer[written...])
            let count = Glibc.write(rawValue, rest.baseAddress, rest.count)
            if count > 0 {
                written += count
            } else if count < 0, errno == EAGAIN {
                // Another program that shares the stream has made it non-blocking.
                var polled = pollfd(fd: rawValue, events: Int16(POLLOUT), revents: 0)
                poll(&polled, 1, 1000)
            } else if count == 0 || errno != EINTR {
                break
            }
        }
        return written
    }
}
