/// Applies a program to a value, straight over its text.
///
/// Each check returns the position behind the value, or one of the results below zero. If errors are collected, a value
/// that breaks a rule is checked on, and only the sink tells that it is invalid.
struct Validator<Sink: ErrorSink> {
    let program: Program
    let tables: Program.Tables
    let text: Bytes
    var expense: Expense
    var sink: Sink
    /// The schema resources that were entered, the outermost first; only if the program depends on them.
    var scopes: [Int32] = []

    /// The value is invalid.
    static var invalid: Int { -1 }
    /// A limit was reached, or the sink is full.
    static var stopped: Int { -2 }

    init(_ program: Program, text: Bytes, expense: Expense, sink: Sink) {
        self.program = program
        tables = program.tables
        self.text = text
        self.expense = expense
        self.sink = sink
    }

    /// Applies a node to the value at a position.
    mutating func check(_ index: Int32, at start: Int) -> Int {
        expense.steps -= 1
        expense.depth -= 1
        defer { expense.depth += 1 }
        guard expense.steps >= 0, expense.depth >= 0 else {
            expense.exceed(expense.steps < 0 ? .steps : .depth)
            return Self.stopped
        }
        if Sink.collects, sink.isFull { return Self.stopped }
        let node = tables.nodes + Int(index)
        guard tables.isDynamic, scopes.last != node.pointee.resource else { return apply(node, at: start) }
        scopes.append(node.pointee.resource)
        defer { scopes.removeLast() }
        return apply(node, at: start)
    }

    /// Applies a node's own rules, those for the kind of the value first.
    private mutating func apply(_ node: UnsafePointer<Node>, at start: Int) -> Int {
        let types = node.pointee.types
        let end: Int
        switch text[start] {
        case 0x7B:
            guard types.contains(.object) else { return refuseKind(node, start) }
            end = node.pointee.object >= 0 ? checkObject(node, at: start) : skip(at: start)
        case 0x22:
            guard types.contains(.string) else { return refuseKind(node, start) }
            let string = text.string(at: start)
            end = node.pointee.strings.count > 0 ? checkString(node, string) : min(string.end + 1, text.count)
        case 0x5B:
            guard types.contains(.array) else { return refuseKind(node, start) }
            end = node.pointee.array >= 0 ? checkArray(node, at: start) : skip(at: start)
        case 0x74, 0x66:
            guard types.contains(.boolean) else { return refuseKind(node, start) }
            end = text.endOfScalar(at: start)
        case 0x6E:
            guard types.contains(.null) else { return refuseKind(node, start) }
            end = text.endOfScalar(at: start)
        default:
            end = text.endOfScalar(at: start)
            guard permitsNumber(types, start, end) else { return refuseKind(node, start) }
            if node.pointee.numbers.count > 0 {
                let result = checkNumber(node, start, end)
                if result < 0 { return result }
            }
        }
        guard end >= 0, node.pointee.any.count > 0 || node.pointee.object >= 0 || node.pointee.array >= 0 else {
            return end
        }
        return checkRest(node, start, end)
    }

    /// Applies what depends on no kind, and then what depends on all other rules.
    @inline(__always)
    private mutating func checkRest(_ node: UnsafePointer<Node>, _ start: Int, _ end: Int) -> Int {
        for index in node.pointee.any.indices {
            let result = checkAny(tables.instructions[index], of: node, start, end)
            if result < 0 { return result }
        }
        if text[start] == 0x7B, node.pointee.object >= 0 {
            let plan = tables.objects + Int(node.pointee.object)
            if plan.pointee.unevaluated >= 0 {
                let result = checkUnevaluated(plan, of: node, at: start)
                if result < 0 { return result }
            }
        } else if text[start] == 0x5B, node.pointee.array >= 0 {
            let plan = tables.arrays + Int(node.pointee.array)
            if plan.pointee.unevaluated >= 0 {
                let result = checkUnevaluated(plan, of: node, at: start)
                if result < 0 { return result }
            }
        }
        return end
    }

    /// The end of a value that no rule is for. A long one counts as several steps, so that going over it again and
    /// again is not free.
    @inline(__always)
    mutating func skip(at start: Int) -> Int {
        let end = text.endOfValue(at: start)
        expense.steps &-= (end - start) >> 6
        return end
    }

    @inline(__always)
    private func permitsNumber(_ types: TypeSet, _ start: Int, _ end: Int) -> Bool {
        if types.isSuperset(of: .number) { return true }
        let integers: TypeSet = [.integer, .spelledInteger]
        if text.smallInteger(start, end) != nil { return !types.isDisjoint(with: integers) }
        guard Decimal(text, start, end).isInteger else { return types.contains(.fraction) }
        guard types.contains(.spelledInteger) else { return types.contains(.integer) }
        return text.isPlainInteger(start, end)
    }

    private mutating func refuseKind(_ node: UnsafePointer<Node>, _ start: Int) -> Int {
        guard Sink.collects else { return Self.invalid }
        reportKind(node, start)
        return text.endOfValue(at: start)
    }

    /// Applies a part of a node to a value, under another way to it if errors are collected.
    @inline(__always)
    mutating func check(_ child: Int32, of node: UnsafePointer<Node>, at start: Int) -> Int {
        guard Sink.collects else { return check(child, at: start) }
        sink.enterKeyword(path(from: node, to: child))
        defer { sink.leaveKeyword() }
        return check(child, at: start)
    }

    /// As `check(_:of:at:)`, for the value or name of a member.
    @inline(__always)
    mutating func check(
        _ child: Int32, of node: UnsafePointer<Node>, at start: Int, named name: StringPlace
    ) -> Int {
        guard Sink.collects else { return check(child, at: start) }
        sink.enterValue(token(name))
        defer { sink.leaveValue() }
        return check(child, of: node, at: start)
    }

    /// As `check(_:of:at:)`, for an element.
    @inline(__always)
    mutating func check(_ child: Int32, of node: UnsafePointer<Node>, at start: Int, index: Int) -> Int {
        guard Sink.collects else { return check(child, at: start) }
        sink.enterValue(String(index))
        defer { sink.leaveValue() }
        return check(child, of: node, at: start)
    }

    /// Whether a node accepts a value: not below zero, `invalid` or `stopped`. Nothing is reported.
    mutating func verdict(_ node: Int32, at start: Int) -> Int {
        guard Sink.collects else { return check(node, at: start) }
        var validator = Validator<Silence>(program, text: text, expense: expense, sink: Silence())
        validator.scopes = scopes
        let result = validator.check(node, at: start)
        expense = validator.expense
        return result
    }
}
