/// Compares two JSON values by meaning: numbers exactly, strings by content, objects in any order.
struct Equality: BitwiseCopyable {
    let one: Bytes
    let other: Bytes

    /// Whether the values at two positions are equal.
    ///
    /// - Parameter steps: Reduced by one for each pair of values that is compared. Below zero, the result is false and
    ///   means nothing.
    func areEqual(_ start: Int, _ otherStart: Int, steps: inout Int) -> Bool {
        steps -= 1
        guard steps >= 0 else { return false }
        switch (one[start], other[otherStart]) {
        case (0x22, 0x22): return areEqualStrings(one.string(at: start), other.string(at: otherStart))
        case (0x7B, 0x7B): return areEqualObjects(start, otherStart, &steps)
        case (0x5B, 0x5B): return areEqualArrays(start, otherStart, &steps)
        case (0x74, let byte), (0x66, let byte), (0x6E, let byte): return byte == one[start]
        case (0x7B, _), (0x5B, _), (0x22, _), (_, 0x7B), (_, 0x5B), (_, 0x22), (_, 0x74), (_, 0x66), (_, 0x6E):
            return false
        default:
            let number = Decimal(one, start, one.endOfScalar(at: start))
            return number.compared(to: Decimal(other, otherStart, other.endOfScalar(at: otherStart))) == 0
        }
    }

    /// Whether two strings have the same content.
    @inline(__always)
    func areEqualStrings(_ string: StringPlace, _ otherString: StringPlace) -> Bool {
        guard string.hasEscapes || otherString.hasEscapes else {
            return string.count == otherString.count
                && Bytes.areEqual(one.base + string.start, other.base + otherString.start, count: string.count)
        }
        return one.withContent(of: string) { content in
            other.withContent(of: otherString) { content.elementsEqual($0) }
        }
    }

    private func areEqualArrays(_ start: Int, _ otherStart: Int, _ steps: inout Int) -> Bool {
        var (position, otherPosition) = (start + 1, otherStart + 1)
        while one[position] != 0x5D, other[otherPosition] != 0x5D, position < one.count, otherPosition < other.count {
            guard areEqual(position, otherPosition, steps: &steps) else { return false }
            position = one.endOfValue(at: position)
            otherPosition = other.endOfValue(at: otherPosition)
            if one[position] == 0x2C { position += 1 }
            if other[otherPosition] == 0x2C { otherPosition += 1 }
        }
        return one[position] == other[otherPosition]
    }

    /// The search for a member begins behind the last one found, so that objects in the same order cost one pass.
    private func areEqualObjects(_ start: Int, _ otherStart: Int, _ steps: inout Int) -> Bool {
        guard one.members(of: start) == other.members(of: otherStart) else { return false }
        var position = start + 1
        var hint = otherStart + 1
        while one[position] == 0x22 {
            let name = one.string(at: position)
            guard let value = find(name, in: otherStart, from: hint, &steps) else { return false }
            guard areEqual(name.end + 2, value, steps: &steps) else { return false }
            hint = other.endOfValue(at: value) + 1
            position = one.endOfValue(at: name.end + 2) + 1
        }
        return true
    }

    /// The value of the member of the other object with the name of a string in the first text.
    private func find(_ name: StringPlace, in object: Int, from hint: Int, _ steps: inout Int) -> Int? {
        var position = hint
        var isSecondRound = false
        while steps >= 0 {
            guard other[position] == 0x22, position < other.count, other[position - 1] != 0x7D else {
                if isSecondRound { return nil }
                (isSecondRound, position) = (true, object + 1)
                continue
            }
            if isSecondRound, position >= hint { return nil }
            steps -= 1
            let candidate = other.string(at: position)
            if areEqualStrings(name, candidate) { return candidate.end + 2 }
            let end = other.endOfValue(at: candidate.end + 2)
            // Behind the last member there is no comma, and the next byte belongs to another value.
            position = other[end] == 0x2C ? end + 1 : other.count
        }
        return nil
    }
}

extension Bytes {
    /// The number of members of the object at a position.
    func members(of start: Int) -> Int {
        var (count, position) = (0, start + 1)
        while self[position] == 0x22 {
            count += 1
            position = endOfValue(at: string(at: position).end + 2)
            guard self[position] == 0x2C else { break }
            position += 1
        }
        return count
    }

    /// The number of elements of the array at a position.
    func elements(of start: Int) -> Int {
        guard self[start + 1] != 0x5D else { return 0 }
        var (count, position) = (0, start + 1)
        while position < self.count {
            count += 1
            position = endOfValue(at: position)
            guard self[position] == 0x2C else { break }
            position += 1
        }
        return count
    }

    /// The position of the value of an object's member; nil if there is no such member.
    func member(_ name: UnsafeBufferPointer<UInt8>, of object: Int) -> Int? {
        var position = object + 1
        while self[position] == 0x22 {
            let candidate = string(at: position)
            if withContent(of: candidate, { $0.elementsEqual(name) }) { return candidate.end + 2 }
            position = endOfValue(at: candidate.end + 2)
            guard self[position] == 0x2C else { break }
            position += 1
        }
        return nil
    }
}
