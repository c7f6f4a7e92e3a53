import MicroJSON

/// A value that a proof tries.
struct Sample {
    let bytes: [UInt8]

    init(_ text: String) {
        bytes = Array(text.utf8)
    }

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    init(_ constant: Constant, in program: Program) {
        let start = program.tables.bytes.base + Int(constant.start)
        bytes = Array(UnsafeBufferPointer(start: start, count: Int(constant.end - constant.start)))
    }

    /// Whether the value follows a node; nil if that costs too much.
    func follows(_ node: Int32, of program: Program) -> Bool? {
        bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return nil }
            var limits = SchemaLimits()
            limits.maximumSteps = 10_000
            let text = Bytes(base: base, count: buffer.count)
            var validator = Validator(program, text: text, expense: Expense(limits), sink: Silence())
            let end = validator.check(node, at: 0)
            return validator.expense.exceeded == nil ? end >= 0 : nil
        }
    }

    /// The value for a message, cut after 64 bytes.
    var shown: String {
        bytes.count > 64
            ? String(decoding: bytes.prefix(64), as: UTF8.self) + "…" : String(decoding: bytes, as: UTF8.self)
    }
}
