/// Walks over all readable rows of a family, skipping damaged blocks.
struct Salvage {
    let database: Database
    let family: Database.Family

    /// Lends each readable row.
    ///
    /// - Returns: how many times rows between two others couldn't be read.
    func rows(
        _ body: (UnsafeRawBufferPointer, UnsafeRawBufferPointer) throws(RocksDBFailure) -> Void
    ) throws(RocksDBFailure) -> Int {
        var gaps = 0
        var start: [UInt8]? = []
        while let from = start {
            var last = from
            let isWhole = try database.read { view throws(RocksDBFailure) -> Bool in
                let rows = view.rows(family, from: from, before: nil)
                while rows.isValid {
                    last = Array(rows.key)
                    try body(rows.key, rows.value)
                    rows.next()
                }
                return (try? rows.check()) != nil
            }
            guard let isWhole else { throw Database.closed }
            if isWhole { return gaps }
            gaps += 1
            start = nextReadable(after: last)
        }
        return gaps
    }

    /// The first readable key after the damage that follows a row; nil: nothing after it can be read.
    private func nextReadable(after key: [UInt8]) -> [UInt8]? {
        // In ever longer steps: the next key with the same beginning, up to a depth.
        var high: [UInt8]?
        for depth in key.indices.reversed() where high == nil && key[depth] < 255 {
            let candidate = key[..<depth] + [key[depth] + 1]
            if isReadable(Array(candidate)) { high = Array(candidate) }
        }
        if high == nil, key.isEmpty { high = (1...255).map { [UInt8($0)] }.first { isReadable($0) } }
        guard var high else { return nil }
        // Then back by bisection, as far as a key can be read.
        var low = key
        let length = max(low.count, high.count) + 2
        low += [UInt8](repeating: 0, count: length - low.count)
        high += [UInt8](repeating: 0, count: length - high.count)
        for _ in 0..<(8 * length) {
            let middle = Self.middle(low, high)
            guard middle != low else { break }
            if isReadable(middle) { high = middle } else { low = middle }
        }
        return high
    }

    private func isReadable(_ key: [UInt8]) -> Bool {
        let isReadable = database.read { view in (try? view.rows(family, from: key, before: nil).check()) != nil }
        return isReadable == true
    }

    /// The average of two numbers of the same length.
    private static func middle(_ low: [UInt8], _ high: [UInt8]) -> [UInt8] {
        var sum = [UInt16](repeating: 0, count: low.count + 1)
        var carry: UInt16 = 0
        for index in low.indices.reversed() {
            let digit = UInt16(low[index]) + UInt16(high[index]) + carry
            sum[index + 1] = digit & 255
            carry = digit >> 8
        }
        sum[0] = carry
        var rest: UInt16 = 0
        return sum.map { digit in
            let value = rest << 8 | digit
            rest = value & 1
            return UInt8(truncatingIfNeeded: value >> 1)
        }.suffix(low.count)
    }
}
