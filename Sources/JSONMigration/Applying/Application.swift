import MicroJSON

/// A document to which steps are being applied.
struct Application {
    private(set) var text: JSONText
    let limits: MigrationLimits
    /// The bytes that the steps may still go over.
    var work: Int
    /// The most bytes of the text.
    private let mostBytes: Int
    /// The step that is being done.
    private var place = ""
    private var path = ""
    /// What the step changes in the text, from its start to its end.
    private var edits: [Edit] = []
    /// The bytes that these changes put in.
    private var added = 0

    /// A change of a range of the text.
    struct Edit {
        let range: Range<Int>
        let bytes: [UInt8]
    }

    init(_ text: JSONText, limits: MigrationLimits) {
        self.text = text
        self.limits = limits
        work = limits.maximumWork
        mostBytes = max(limits.maximumBytes, text.utf8.count)
    }

    mutating func perform(_ steps: [Step]) throws(MigrationFailure) {
        for step in steps {
            place = step.place
            work -= text.utf8.count
            guard work >= 0 else {
                throw failure("All steps together go over more than \(limits.maximumWork) bytes.")
            }
            try perform(step.action)
        }
    }

    private mutating func perform(_ action: Step.Action) throws(MigrationFailure) {
        switch action {
        case .rename(let way, let name): try rename(way, to: name)
        case .move(let way, let destination, let prunes): try move(way, to: destination, prunes: prunes)
        case .copy(let way, let destination): try copy(way, to: destination)
        case .remove(let way, let prunes): try remove(way, prunes: prunes)
        case .standard(let way, let value): try add(value, at: way, replaces: false)
        case .set(let way, let value): try add(value, at: way, replaces: true)
        case .wrap(let way): try replace(way) { [UInt8(ascii: "[")] + $0.utf8 + [UInt8(ascii: "]")] }
        case .first(let way):
            try replace(way) { value throws(Refusal) in
                guard value.kind == .array else { throw Refusal("not an array") }
                return value.elements.first { _ in true }.map { Array($0) } ?? JSONText.null.utf8
            }
        case .map(let way, let map):
            try replace(way) { value throws(Refusal) in
                if let new = map[value] { return new.utf8 }
                if map.isComplete { throw Refusal("not in the map") }
                return nil
            }
        case .convert(let way, let source, let target):
            try replace(way) { value throws(Refusal) in try target.converted(value, from: source) }
        case .split(let way, let separator):
            try replace(way) { value throws(Refusal) in try value.split(by: separator) }
        case .join(let way, let separator):
            try replace(way) { value throws(Refusal) in try value.joined(by: separator) }
        case .when(let way, let condition, let then, let otherwise):
            try perform(then, otherwise, when: condition, at: way)
        case .patch(let way, let patch, _): try apply(patch, at: way)
        }
    }

    /// Why the current step can't be done.
    func failure(_ detail: String) -> MigrationFailure {
        MigrationFailure(step: place, path: path, detail: detail)
    }

    // MARK: Places

    private static let root = [0]

    /// Where the values begin that the last `*` of a way is; the whole document without `*`.
    mutating func starts(of way: Way) -> [Int] {
        path = way.description
        guard way.wildcards > 0 else { return Self.root }
        var starts = [0]
        for segment in way.segments.dropLast() {
            var next: [Int] = []
            for start in starts {
                guard let place = text.start(of: segment, from: start) else { continue }
                for member in text.members(at: place) { next.append(member.valueRange.lowerBound) }
                for element in text.elements(at: place) { next.append(element.startIndex) }
            }
            starts = next
        }
        return starts
    }

    // MARK: Changing the text

    /// Notes a change, unless it and those before put in more than a document may have.
    mutating func edit(_ range: Range<Int>, _ bytes: [UInt8]) throws(MigrationFailure) {
        added += bytes.count
        guard added <= mostBytes else { throw tooLarge() }
        edits.append(Edit(range: range, bytes: bytes))
    }

    private func tooLarge() -> MigrationFailure {
        failure("The document would have more than \(mostBytes) bytes.")
    }

    /// Makes the changes that were noted.
    mutating func finishEdits() throws(MigrationFailure) {
        guard !edits.isEmpty else { return }
        let count = edits.reduce(text.utf8.count) { $0 - $1.range.count + $1.bytes.count }
        guard count <= mostBytes else { throw tooLarge() }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(count)
        var position = 0
        for edit in edits {
            bytes.append(contentsOf: text.utf8[position..<edit.range.lowerBound])
            bytes.append(contentsOf: edit.bytes)
            position = edit.range.upperBound
        }
        bytes.append(contentsOf: text.utf8[position...])
        edits.removeAll(keepingCapacity: true)
        added = 0
        text = JSONText(trusted: bytes)
        // A level takes two bytes.
        guard bytes.count > limits.maximumDepth * 2, text.depth > limits.maximumDepth else { return }
        throw failure("The document would have more than \(limits.maximumDepth) levels.")
    }

    /// Replaces the values that a way leads to. Those for which the body gives nil are kept.
    private mutating func replace(
        _ way: Way, _ body: (JSONText) throws(Refusal) -> [UInt8]?
    ) throws(MigrationFailure) {
        for start in starts(of: way) {
            guard let range = text.range(at: way.rest, from: start) else { continue }
            let value = JSONText(trusted: Array(text.utf8[range]))
            let new: [UInt8]?
            do throws(Refusal) {
                new = try body(value)
            } catch {
                throw failure("The value is \(value.shown), which is \(error.reason).")
            }
            if let new { try edit(range, new) }
        }
        try finishEdits()
    }

    private mutating func apply(_ patch: JSONPatch, at way: Way) throws(MigrationFailure) {
        let limits = JSONLimits(maximumBytes: limits.maximumBytes, maximumDepth: limits.maximumDepth)
        for start in starts(of: way) {
            guard let range = text.range(at: way.rest, from: start) else { continue }
            let value = JSONValue(JSONText(trusted: Array(text.utf8[range])))
            let patched: JSONValue
            do throws(JSONPatchError) {
                patched = try patch.apply(to: value, limits: limits)
            } catch {
                throw failure("The patch can't be applied: \(error).")
            }
            try edit(range, patched.text.utf8)
        }
        try finishEdits()
    }

    /// Performs one of two lists of steps on each part that the condition is about.
    private mutating func perform(
        _ then: [Step], _ otherwise: [Step], when condition: Condition, at way: Way
    ) throws(MigrationFailure) {
        for start in starts(of: way) {
            let place = text.range(at: way.rest, from: start)
            let value = place.map { JSONText(trusted: Array(text.utf8[$0])) }
            let steps = condition.holds(for: value) ? then : otherwise
            guard !steps.isEmpty else { continue }
            let part = text.value(at: start)
            var application = Application(part, limits: limits)
            application.work = work
            try application.perform(steps)
            work = application.work
            try edit(start..<start + part.utf8.count, application.text.utf8)
        }
        try finishEdits()
    }
}

/// Why a value can't be changed, as the end of "The value is 1, which is …".
struct Refusal: Error {
    let reason: String

    init(_ reason: String) {
        self.reason = reason
    }
}
