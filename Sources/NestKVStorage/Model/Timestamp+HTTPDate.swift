extension Timestamp {
    /// Reads an HTTP date in any of its three formats (RFC 9110 §5.6.7); nil for any other text, which a recipient
    /// ignores.
    public init?(httpDate text: String) {
        let words = text.split(separator: " ").map(String.init)
        switch words.count {
        // Sun, 06 Nov 1994 08:49:37 GMT
        case 6 where words[5] == "GMT":
            self.init(day: words[1], month: words[2], year: Int(words[3]), clock: words[4])
        // Sunday, 06-Nov-94 08:49:37 GMT
        case 4 where words[3] == "GMT":
            let date = words[1].split(separator: "-").map(String.init)
            guard date.count == 3 else { return nil }
            self.init(day: date[0], month: date[1], year: Self.year(twoDigits: date[2]), clock: words[2])
        // Sun Nov  6 08:49:37 1994
        case 5: self.init(day: words[2], month: words[1], year: Int(words[4]), clock: words[3])
        default: return nil
        }
    }

    private init?(day: String, month: String, year: Int?, clock: String) {
        let time = clock.split(separator: ":").map { Int($0) ?? -1 }
        guard let day = Int(day), (1...31).contains(day), let year, (1...9999).contains(year),
            let month = Self.monthNames.firstIndex(where: { $0.description == month }),
            time.count == 3, (0..<24).contains(time[0]), (0..<60).contains(time[1]), (0...60).contains(time[2])
        else { return nil }
        let days = CivilDate.daysSinceEpoch(year: year, month: month + 1, day: day)
        let date = CivilDate(daysSinceEpoch: days)
        // The 31st of February would be another day.
        guard date.day == day, date.month == month + 1 else { return nil }
        let seconds = days * 86_400 + time[0] * 3600 + time[1] * 60 + time[2]
        self.init(milliseconds: Int64(seconds) * 1000)
    }

    /// The year of two digits, at most 50 years in the future.
    private static func year(twoDigits text: String) -> Int? {
        guard text.utf8.count == 2, let number = Int(text) else { return nil }
        let current = Int(Timestamp.now.httpDate.split(separator: " ")[3]) ?? 2000
        let year = current - current % 100 + number
        return year > current + 50 ? year - 100 : year
    }
}
