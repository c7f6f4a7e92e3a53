import ArgumentParser
import MicroJSON

#if canImport(Glibc)
    import Glibc
#endif

/// How a command shows what it read.
enum OutputFormat: String, ExpressibleByArgument, CaseIterable {
    /// As the server gives it, in one line.
    case json
    /// JSON, indented.
    case pretty
    /// Columns for people.
    case table
}

/// What it is for all commands that read: `--format`.
struct OutputOptions: ParsableArguments {
    @Option(help: "json, pretty or table; unless given, for people on a terminal and JSON elsewhere.")
    var format: OutputFormat?

    /// The format that holds.
    ///
    /// - Parameter terminal: that on a terminal.
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
    /// Whether a person sees it.
    var isTerminal: Bool { isatty(rawValue) == 1 }

    /// The columns of the terminal; nil when it is none or doesn't tell.
    var columns: Int? {
        var size = winsize()
        guard isTerminal, ioctl(rawValue, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
        return Int(size.ws_col)
    }

    /// Writes all of some bytes.
    ///
    /// - Throws: ``CommandFailure`` when they can't be written, as on a full disk.
    func writeAll(_ bytes: [UInt8]) throws(CommandFailure) {
        try Descriptor(rawValue, name: "standard output").write(bytes)
    }
}
