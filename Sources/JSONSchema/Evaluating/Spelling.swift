/// Finds the name that was probably meant.
enum Spelling {
    /// The known name that a name differs from by the fewest letters, if they are at most a third of it.
    static func nearest(to name: String, among known: [String]) -> String? {
        let letters = Array(name.lowercased().unicodeScalars.prefix(64))
        let most = letters.count < 3 ? 0 : max(1, letters.count / 3)
        var best: (name: String, distance: Int)?
        for candidate in known.prefix(200) {
            let other = Array(candidate.lowercased().unicodeScalars.prefix(64))
            guard abs(other.count - letters.count) <= most else { continue }
            let distance = distance(letters, other)
            if distance <= most, distance < best?.distance ?? Int.max { best = (candidate, distance) }
        }
        return best?.name
    }

    /// The number of letters to add, remove, change or exchange with their neighbours.
    private static func distance(_ one: [Unicode.Scalar], _ other: [Unicode.Scalar]) -> Int {
        var before: [Int] = []
        var row = Array(0...other.count)
        for (index, letter) in one.enumerated() {
            var next = [index + 1]
            for (place, otherLetter) in other.enumerated() {
                var cost = min(row[place + 1], next[place]) + 1
                cost = min(cost, row[place] + (letter == otherLetter ? 0 : 1))
                if index > 0, place > 0, letter == other[place - 1], one[index - 1] == otherLetter {
                    cost = min(cost, before[place - 1] + 1)
                }
                next.append(cost)
            }
            (before, row) = (row, next)
        }
        return row[other.count]
    }
}
