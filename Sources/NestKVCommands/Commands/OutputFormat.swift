import ArgumentParser
import MicroJSON

#if canImport(Glibc)
    import Glibc
#endif

/// How a command shows what it read.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    /// As the server sends it, on one line.
    case json
    /// JSON, indented.
    case pretty
    /// Columns for people.
    case table
}

/// `--format`, for all commands that print what they read.
struct OutputOptions: ParsableArguments {
    @Option(help: "Output format; default: pretty or table on a terminal, otherwise json.")
    var format: OutputFormat?

    /// The format to use.
    ///
    /// - Parameter terminal: the default on a terminal.
    func chosen(terminal: OutputFormat = .table) -> OutputFormat {
        format ?? (StandardStream.output.isTerminal ? terminal : .json)
    }
}

extension OutputFormat {
    /// Writes JSON in this format to standard output.
    func write(_ json: JSONText) throws(CommandFailure) {
        try StandardStream.output.writeAll(self == .json ? json.utf8 + [UInt8(ascii: "\n")] : json.pretty())
    }
}

extension StandardStream {
    /// Whether it is a terminal.
    var isTerminal: Bool { isatty(rawValue) == 1 }

    /// The columns of the terminal; nil if it is not a terminal or its size is unknown.
    var columns: Int? {
        var size = winsize()
        guard isTerminal, ioctl(rawValue, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    /// Writes all of some bytes.
    ///
    /// - Throws: ``CommandFailure`` if they can't be written, as on a full disk.
    func writeAll(_ bytes: [UInt8]) throws(CommandFailure) {
        try Descriptor(rawValue, name: "standard output").write(bytes)
    }
}
