import TestSupport
import Testing

/// The tests' own reading of `text/event-stream`, by the examples of the HTML standard (§9.2.6).
struct EventStreamParserTests {
    private static let rows: [(stream: String, events: [StreamedEvent])] = [
        ("data: YHOO\ndata: +2\ndata: 10\n\n", [StreamedEvent("message", "YHOO\n+2\n10")]),
        (
            ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
            [
                StreamedEvent("message", "first event", id: "1"), StreamedEvent("message", "second event"),
                StreamedEvent("message", " third event"),
            ]
        ),
        ("data\n\ndata\ndata\n\ndata:", [StreamedEvent("message", ""), StreamedEvent("message", "\n")]),
        ("data:test\n\ndata: test\n\n", [StreamedEvent("message", "test"), StreamedEvent("message", "test")]),
        (
            "event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\n",
            [StreamedEvent("add", "73857293"), StreamedEvent("remove", "2153")]
        ),
        // A type without data is no event, and doesn't last; an id does, also from a block without data.
        (
            "event: add\nid: 7\n\ndata: x\n\nid: a\u{0}b\ndata: y\n\n",
            [StreamedEvent("message", "x", id: "7"), StreamedEvent("message", "y", id: "7")]
        ),
        ("\u{FEFF}data: x\n\n\u{FEFF}data: y\n\n", [StreamedEvent("message", "x")]),
        ("unknown: 1\nDATA: 2\ndata: a:b: c\n\n", [StreamedEvent("message", "a:b: c")]),
    ]

    @Test(arguments: rows, ["\n", "\r\n", "\r"])
    func `the standard's examples, in pieces of any size`(
        _ row: (stream: String, events: [StreamedEvent]), _ lineEnd: String
    ) {
        let bytes = Array(
            row.stream.split(separator: "\n", omittingEmptySubsequences: false).joined(separator: lineEnd).utf8)
        for size in [1, 2, 3, bytes.count] {
            var parser = EventStreamParser()
            var events: [StreamedEvent] = []
            for start in stride(from: 0, to: bytes.count, by: size) {
                events += parser.read(bytes[start..<min(start + size, bytes.count)])
            }
            #expect(events == row.events, "in pieces of \(size)")
        }
    }

    @Test func `an id holds from the end of its block on, retry takes digits only, and comments are counted`() {
        var parser = EventStreamParser()
        _ = parser.read("retry: 1500\nid: 1\n\nid: 2\ndata: half".utf8)
        #expect(parser.lastEventID == "1" && parser.retry == 1500)
        _ = parser.read("\n\nretry: soon\nretry: -1\n:\n: x\n\n".utf8)
        #expect(parser.lastEventID == "2" && parser.retry == 1500 && parser.commentCount == 2)
    }
}
