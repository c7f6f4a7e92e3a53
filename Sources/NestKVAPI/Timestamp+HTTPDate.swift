import MicroText
import NestKVStorage

extension Timestamp {
    /// An HTTP date, IMF-fixdate (RFC 9110 §5.6.7): `Fri, 02 Jan 2026 03:04:05 GMT`.
    var httpDate: String { HTTPDate.text(secondsSinceEpoch: Int(seconds)) }

    /// Reads an HTTP date in any of its three formats; nil for any other text, which a recipient ignores.
    init?(httpDate text: String) {
        guard let seconds = HTTPDate.secondsSinceEpoch(text, now: Int(Timestamp.now.seconds)) else { return nil }
        self.init(milliseconds: Int64(seconds) * 1000)
    }
}
