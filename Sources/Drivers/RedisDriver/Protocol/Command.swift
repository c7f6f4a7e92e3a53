/// A command to Redis, in its wire format (RESP arrays of bulk strings).
struct Command: Sendable {
    /// The encoded command.
    private(set) var bytes: [UInt8] = []
    /// The number of arguments: large commands get more time.
    let arguments: Int

    /// A command that will have `arguments` arguments, its name included.
    init(arguments: Int, bytes: Int = 128) {
        self.arguments = arguments
        self.bytes.reserveCapacity(bytes)
        self.bytes.append(line: "*", arguments)
    }

    /// A short command.
    init(_ words: String...) {
        self.init(arguments: words.count)
        for word in words { add(word.utf8) }
    }

    /// Appends an argument.
    mutating func add(_ argument: some Collection<UInt8>) {
        bytes.append(bulk: argument)
    }

    /// Appends a number.
    mutating func add(_ number: some BinaryInteger) {
        bytes.append(bulk: [UInt8](digitsOf: number))
    }

    /// Appends arguments that are in RESP form already.
    mutating func add(raw: [UInt8]) {
        bytes.append(contentsOf: raw)
    }
}

/// Arguments of a command, in RESP form.
struct Arguments: Sendable {
    /// The encoded arguments.
    private(set) var bytes: [UInt8] = []
    /// The number of arguments.
    private(set) var count = 0

    /// No arguments.
    init(bytes: Int) {
        self.bytes.reserveCapacity(bytes)
    }

    /// Appends an argument.
    mutating func add(_ argument: some Collection<UInt8>) {
        bytes.append(bulk: argument)
        count += 1
    }

    /// Appends a number.
    mutating func add(_ number: some BinaryInteger) {
        bytes.append(bulk: [UInt8](digitsOf: number))
        count += 1
    }

    /// Appends other arguments.
    mutating func add(_ others: Arguments) {
        bytes.append(contentsOf: others.bytes)
        count += others.count
    }
}

/// A script and its arguments.
struct ScriptCall: Sendable {
    /// The script.
    let script: Script
    private var arguments: Arguments

    /// A call without arguments.
    init(_ script: Script, bytes: Int = 256) {
        self.script = script
        arguments = Arguments(bytes: bytes)
    }

    /// Appends an argument.
    mutating func add(_ argument: some Collection<UInt8>) {
        arguments.add(argument)
    }

    /// Appends a number.
    mutating func add(_ number: some BinaryInteger) {
        arguments.add(number)
    }

    /// Appends arguments.
    mutating func add(_ others: Arguments) {
        arguments.add(others)
    }

    /// The command that runs it: by its digest, or by its source if the server doesn't know the digest.
    func command(bySource: Bool) -> Command {
        var command = Command(arguments: 3 + arguments.count, bytes: arguments.bytes.count + 80)
        if bySource {
            command.add("EVAL".utf8)
            command.add(script.source)
        } else {
            command.add("EVALSHA".utf8)
            command.add(script.digest)
        }
        command.add("0".utf8)
        command.add(raw: arguments.bytes)
        return command
    }
}

extension [UInt8] {
    fileprivate mutating func append(bulk argument: some Collection<UInt8>) {
        append(line: "$", argument.count)
        append(contentsOf: argument)
        append(13)
        append(10)
    }

    fileprivate mutating func append(line mark: Unicode.Scalar, _ number: Int) {
        append(UInt8(ascii: mark))
        append(number: number)
        append(13)
        append(10)
    }

    fileprivate init(digitsOf number: some BinaryInteger) {
        self.init()
        append(number: number)
    }

    /// Appends a number's decimal digits.
    mutating func append(number: some BinaryInteger) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { digits in
            var rest = UInt64(number.magnitude)
            var start = digits.count
            repeat {
                start -= 1
                digits[start] = UInt8(48 + rest % 10)
                rest /= 10
            } while rest > 0
            if number < 0 {
                start -= 1
                digits[start] = UInt8(ascii: "-")
            }
            append(contentsOf: digits[start...])
        }
    }
}
