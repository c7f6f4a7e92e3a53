import MicroJSON

extension JSONWriter {
    /// Writes a list of steps.
    mutating func write(_ steps: [Step]) {
        beginArray()
        for step in steps {
            beginObject()
            write(step.action)
            endObject()
        }
        endArray()
    }

    private mutating func write(_ action: Step.Action) {
        switch action {
        case .rename(let way, let name):
            begin("rename", way)
            member("to", utf8: name)
        case .move(let way, let destination, let prunes):
            begin("move", way, to: destination)
            write(prunes: prunes)
        case .copy(let way, let destination): begin("copy", way, to: destination)
        case .remove(let way, let prunes):
            begin("remove", way)
            write(prunes: prunes)
        case .standard(let way, let value): begin("default", way, value: value)
        case .set(let way, let value): begin("set", way, value: value)
        case .wrap(let way): begin("wrap", way)
        case .first(let way): begin("first", way)
        case .map(let way, let map):
            begin("map", way)
            write(map)
        case .convert(let way, let source, let target):
            begin("convert", way)
            if let source { member("from", source.rawValue) }
            member("to", target.rawValue)
        case .split(let way, let separator): begin("split", way, by: separator)
        case .join(let way, let separator): begin("join", way, by: separator)
        case .when(let way, let condition, let then, let otherwise):
            begin("when", way)
            write(condition)
            name("then")
            write(then)
            if !otherwise.isEmpty {
                name("else")
                write(otherwise)
            }
        case .patch(let way, _, let text):
            begin("patch", way)
            member("patch", text)
        }
    }

    private mutating func begin(_ operation: String, _ way: Way) {
        member("op", operation)
        member("path", way.description)
    }

    private mutating func begin(_ operation: String, _ way: Way, to destination: Destination) {
        begin(operation, way)
        member("to", destination.description)
    }

    private mutating func begin(_ operation: String, _ way: Way, value: JSONText) {
        begin(operation, way)
        member("value", value)
    }

    private mutating func begin(_ operation: String, _ way: Way, by separator: [UInt8]) {
        begin(operation, way)
        member("by", utf8: separator)
    }

    private mutating func write(prunes: Bool) {
        if prunes { member("prune", true) }
    }

    private mutating func write(_ map: ValueMap) {
        array("values", of: map.pairs) { writer, pair in
            writer.beginArray()
            writer.raw(pair.from)
            writer.raw(pair.to)
            writer.endArray()
        }
        if map.isComplete { member("else", "fail") }
    }

    private mutating func write(_ condition: Condition) {
        switch condition {
        case .equals(let value):
            member("is", value.text)
        case .exists(let exists):
            member("exists", exists)
        case .isOf(let kind):
            member("type", kind.rawValue)
        }
    }
}
