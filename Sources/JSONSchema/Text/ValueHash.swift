extension Bytes {
    /// A hash of the value at a position, by meaning: values that are equal JSON have equal hashes. It is seeded per
    /// process, so that an attacker can't construct values that collide.
    func valueHash(at start: Int) -> Int {
        var position = start
        return valueHash(&position, depth: 0)
    }

    /// Hashes a value and moves the position behind it. Below 512 levels, only the kind of a value counts.
    private func valueHash(_ position: inout Int, depth: Int) -> Int {
        let start = position
        let byte = self[start]
        var hasher = Hasher()
        switch byte {
        case 0x7B where depth < 512: return objectHash(&position, depth: depth)
        case 0x5B where depth < 512:
            position += 1
            hasher.combine(byte)
            while position < count, self[position] != 0x5D {
                hasher.combine(valueHash(&position, depth: depth + 1))
                guard self[position] == 0x2C else { break }
                position += 1
            }
            position += 1
        case 0x22:
            let string = string(at: start)
            withContent(of: string) { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
            position = min(string.end + 1, count)
        case 0x7B, 0x5B, 0x74, 0x66, 0x6E:
            hasher.combine(byte)
            position = endOfValue(at: start)
        default:
            position = endOfScalar(at: start)
            Decimal(self, start, position).hash(into: &hasher)
        }
        return hasher.finalize()
    }

    /// A sum over the members, which is the same in any order.
    private func objectHash(_ position: inout Int, depth: Int) -> Int {
        var sum = 0x7B
        position += 1
        while self[position] == 0x22 {
            var hasher = Hasher()
            let name = string(at: position)
            withContent(of: name) { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
            position = name.end + 2
            hasher.combine(valueHash(&position, depth: depth + 1))
            sum &+= hasher.finalize()
            guard self[position] == 0x2C else { break }
            position += 1
        }
        position += 1
        return sum
    }
}
