import MicroJSON

extension Application {
    mutating func rename(_ way: Way, to name: [UInt8]) throws(MigrationFailure) {
        for start in starts(of: way) {
            guard let object = text.start(of: way.parent, from: start), let member = text.member(way.name, at: object)
            else { continue }
            try refuse(name, in: object)
            var quoted = JSONWriter(reserving: name.count + 2)
            quoted.string(utf8: name)
            try edit(member.all.lowerBound..<member.value.lowerBound - 1, quoted.bytes)
        }
        try finishEdits()
    }

    mutating func remove(_ way: Way, prunes: Bool) throws(MigrationFailure) {
        for start in starts(of: way) {
            guard let member = member(way, from: start) else { continue }
            try edit(removal(of: member.all, at: way.rest, from: start, prunes), [])
        }
        try finishEdits()
    }

    /// Adds a member, or replaces a value.
    mutating func add(_ value: JSONText, at way: Way, replaces: Bool) throws(MigrationFailure) {
        for start in starts(of: way) {
            if let range = text.range(at: way.rest, from: start) {
                if replaces { try edit(range, value.utf8) }
            } else if let object = text.range(at: way.parent, from: start), isObject(object) {
                try insert(way.name, value.utf8, into: object)
            }
        }
        try finishEdits()
    }

    /// Moves a member. First all values are taken out, then all are put in, because both may be in one object.
    mutating func move(_ way: Way, to destination: Destination, prunes: Bool) throws(MigrationFailure) {
        var values: [[UInt8]?] = []
        for start in starts(of: way) {
            let member = member(way, from: start)
            values.append(member.map { Array(text.utf8[$0.value]) })
            if let member { try edit(removal(of: member.all, at: way.rest, from: start, prunes), []) }
        }
        try finishEdits()
        for (start, value) in zip(starts(of: way), values) {
            if let value { try put(value, at: destination, from: start) }
        }
        try finishEdits()
    }

    mutating func copy(_ way: Way, to destination: Destination) throws(MigrationFailure) {
        for start in starts(of: way) {
            guard let member = member(way, from: start) else { continue }
            try put(Array(text.utf8[member.value]), at: destination, from: start)
        }
        try finishEdits()
    }

    /// Adds a value at a destination. Objects on the way that don't exist are made.
    private mutating func put(
        _ value: [UInt8], at destination: Destination, from start: Int
    ) throws(MigrationFailure) {
        var object = start
        for (index, token) in destination.tokens.dropLast().enumerated() {
            guard let next = text.member(token, at: object)?.value.lowerBound else {
                var made = value
                for token in destination.tokens[(index + 1)...].reversed() { made = Self.object(token, made) }
                return try put(made, token, in: object, of: destination)
            }
            object = next
        }
        try put(value, destination.tokens[destination.tokens.count - 1], in: object, of: destination)
    }

    private mutating func put(
        _ value: [UInt8], _ name: [UInt8], in start: Int, of destination: Destination
    ) throws(MigrationFailure) {
        guard let object = text.range(at: [], from: start), isObject(object) else {
            throw failure("A part of '\(destination.description)' is no object, so nothing can be put into it.")
        }
        try refuse(name, in: start)
        try insert(name, value, into: object)
    }

    private static func object(_ name: [UInt8], _ value: [UInt8]) -> [UInt8] {
        var writer = JSONWriter(reserving: value.count + name.count + 5)
        writer.beginObject()
        writer.name(utf8: name)
        writer.raw(value)
        writer.endObject()
        return writer.bytes
    }

    private func isObject(_ range: Range<Int>) -> Bool { text.utf8[range.lowerBound] == UInt8(ascii: "{") }

    /// Fails if the object at a position has a member of this name.
    private func refuse(_ name: [UInt8], in object: Int) throws(MigrationFailure) {
        guard let found = text.member(name, at: object) else { return }
        let value = JSONText(trusted: Array(text.utf8[found.value]))
        let shown = String(decoding: name, as: UTF8.self)
        throw failure("There is a member '\(shown)' already; its value is \(value.shown).")
    }

    private mutating func insert(
        _ name: [UInt8], _ value: [UInt8], into object: Range<Int>
    ) throws(MigrationFailure) {
        var writer = JSONWriter(reserving: name.count + value.count + 4)
        writer.resume(afterValue: object.count > 2)
        writer.name(utf8: name)
        writer.raw(value)
        let end = object.upperBound - 1
        try edit(end..<end, writer.bytes)
    }

    /// The member that a way leads to.
    private func member(_ way: Way, from start: Int) -> (all: Range<Int>, value: Range<Int>)? {
        text.start(of: way.parent, from: start).flatMap { text.member(way.name, at: $0) }
    }

    /// What to cut out for a member to go, with the objects around it that have no other member.
    ///
    /// - Parameter path: The path of the member.
    private func removal(
        of member: Range<Int>, at path: [[UInt8]], from start: Int, _ prunes: Bool
    ) -> Range<Int> {
        guard prunes else { return withComma(member) }
        var (member, path) = (member, path.dropLast())
        while let name = path.last, let object = text.start(of: Array(path.dropLast()), from: start),
            let outer = text.member(name, at: object), outer.value == member.lowerBound - 1..<member.upperBound + 1
        {
            (member, path) = (outer.all, path.dropLast())
        }
        return withComma(member)
    }

    /// A member's range with one of the commas around it.
    private func withComma(_ member: Range<Int>) -> Range<Int> {
        let comma = UInt8(ascii: ",")
        if member.upperBound < text.utf8.count, text.utf8[member.upperBound] == comma {
            return member.lowerBound..<member.upperBound + 1
        }
        return text.utf8[member.lowerBound - 1] == comma ? member.lowerBound - 1..<member.upperBound : member
    }
}
