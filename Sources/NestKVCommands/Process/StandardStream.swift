#if canImport(Glibc)
    import Glibc
#endif

/// A standard stream, by its descriptor: C's `stdout` and `stderr` are mutable globals, which Swift 6 refuses.
package enum StandardStream: Int32 {
    case output = 1
    case error = 2

    /// Occupies the descriptors of closed standard streams. Call it before anything else is opened.
    ///
    /// Otherwise a file or socket would get such a number, and the output meant for the stream. Each descriptor is
    /// opened for the other direction, so using the stream still fails. SIGPIPE is ignored from now on: writing to a
    /// pipe without a reader is an error.
    package static func secure() {
        for number: Int32 in 0...2 where fcntl(number, F_GETFD) < 0 {
            // open returns the lowest free number, which is this one.
            _ = open("/dev/null", number == 0 ? O_WRONLY : O_RDONLY)
        }
        signal(SIGPIPE, SIG_IGN)
    }

    /// Ends the process by SIGPIPE, as other programs do if their reader has left: `nestkv ls | head`.
    static func endByBrokenPipe() -> Never {
        signal(SIGPIPE, SIG_DFL)
        raise(SIGPIPE)
        exit(1)
    }

    /// Writes all of a text. If the stream is closed, the text is lost.
    package func write(_ text: String) {
        write(Array(text.utf8))
    }

    /// Writes all of some bytes. If the stream is closed, they are lost.
    package func write(_ bytes: [UInt8]) {
        bytes.withUnsafeBytes { _ = write($0) }
    }

    /// Writes all of some bytes, and waits for the reader.
    ///
    /// - Returns: the number of bytes that were written.
    package func write(_ buffer: UnsafeRawBufferPointer) -> Int {
        var written = 0
        while written < buffer.count {
            let rest = UnsafeRawBufferPointer(rebasing: buffer[written...])
            let count = Glibc.write(rawValue, rest.baseAddress, rest.count)
            if count > 0 {
                written += count
            } else if count < 0, errno == EAGAIN {
                // Another program that shares the stream made it non-blocking.
                var polled = pollfd(fd: rawValue, events: Int16(POLLOUT), revents: 0)
                poll(&polled, 1, 1000)
            } else if count == 0 || errno != EINTR {
                break
            }
        }
        return written
    }
}
