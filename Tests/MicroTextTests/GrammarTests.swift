import MicroText
import Testing

/// The grammars of texts.
@Suite struct GrammarTests {
    @Test(arguments: [
        ("1ms", Duration.milliseconds(1)), ("500ms", .milliseconds(500)), ("30s", .seconds(30)), ("5m", .seconds(300)),
        ("2h", .seconds(7200)), ("7d", .seconds(604_800)), ("2", .seconds(2)), ("007s", .seconds(7)),
        ("36500d", .longest), ("3153600000", .longest), ("3153600000000ms", .longest),
    ])
    func `a duration is a number with a unit, or of seconds`(_ text: String, _ duration: Duration) {
        #expect(Duration(text) == duration)
        #expect(Grammar.duration().read(text) == duration)
        #expect(Duration(duration.text) == duration)
    }

    @Test(arguments: [
        "", "s", "ms", "soon", "1 s", " 1s", "1s ", "1S", "1w", "1.5s", "1e3", "1h30m", "-1s", "36501d", "3153600001",
        "3153600000001ms", "99999999999999999999", "9223372036854775807d", "0x10s", "٣s",
    ])
    func `any other text is no duration`(_ text: String) {
        #expect(Duration(text) == nil)
    }

    @Test func `zero is a duration where the range has it`() {
        #expect(Grammar.duration().read("0") == nil && Grammar.duration().read("0s") == nil)
        for text in ["0", "0s", "0ms", "0d"] { #expect(Grammar.duration(from: .zero).read(text) == .zero) }
        #expect(Duration.zero.text == "0s")
    }

    @Test func `a duration is within the range that the message names`() {
        let grammar = Grammar.duration(from: .milliseconds(100), to: .seconds(300))
        #expect(grammar.expected == "a duration like 500ms, 30s, 5m, 2h or 7d, from 100ms to 5m")
        #expect(grammar.read("100ms") == .milliseconds(100) && grammar.read("300") == .seconds(300))
        #expect(grammar.read("99ms") == nil && grammar.read("301s") == nil)
    }

    @Test(arguments: [
        ("0", 0), ("4096", 4096), ("64KiB", 65_536), ("1MiB", 1 << 20), ("2GiB", 2 << 30), ("0MiB", 0),
        ("1024GiB", 1 << 40), ("1099511627776", 1 << 40),
    ])
    func `a size is a number of bytes, or with a unit`(_ text: String, _ bytes: Int) {
        #expect(ByteCount.read(text) == bytes)
        #expect(Grammar.size(from: 0).read(text) == bytes)
        #expect(ByteCount.read(ByteCount.text(bytes)) == bytes)
    }

    @Test(arguments: [
        "", "KiB", "1MB", "1kib", "1K", "1 KiB", "-1", "1.5MiB", "1025GiB", "1099511627777", "9223372036854775807GiB",
    ])
    func `any other text is no size`(_ text: String) {
        #expect(ByteCount.read(text) == nil)
    }

    @Test func `a size is within the range that the message names`() {
        #expect(Grammar.size().read("0") == nil && Grammar.size().read("1") == 1)
        #expect(
            Grammar.size(from: 0, to: 96 << 10).expected
                == "a number of bytes like 4096, 64KiB or 1MiB, from 0 to 96KiB")
        #expect(Grammar.size(to: 96 << 10).read("97KiB") == nil)
    }

    @Test func `a whole number is within its range`() {
        let grammar = Grammar.number(in: 1...5)
        #expect(grammar.read("1") == 1 && grammar.read("5") == 5)
        for text in ["", "0", "6", "-1", "1.0", "1e0", " 1", "x", "99999999999999999999"] {
            #expect(grammar.read(text) == nil, "'\(text)'")
        }
        #expect(Grammar.number(in: 1...UInt64.max).read("18446744073709551615") == .max)
    }

    private enum Colour: String, CaseIterable { case red, green, blue }

    @Test func `a choice is one of its words`() {
        let colour = Grammar.choice(of: Colour.self)
        #expect(colour.read("green") == .green && colour.read("Green") == nil && colour.read("") == nil)
        #expect(colour.expected == "'red', 'green' or 'blue'")
        #expect(Grammar.onOrOff.read("on") == true && Grammar.onOrOff.read("off") == false)
        #expect(Grammar.onOrOff.read("true") == nil && Grammar.onOrOff.expected == "'on' or 'off'")
        #expect(Grammar.choice(["all": 1]).expected == "'all'")
    }

    @Test func `a refusal says where the text is, the text and what it must be`() {
        let grammar = Grammar.number(in: 1...5)
        #expect(
            grammar.refusal(of: "x", at: "The query parameter 'limit'")
                == "The query parameter 'limit' is 'x'; it must be a whole number from 1 to 5.")
        #expect(
            grammar.refusal(of: String(repeating: "ä", count: 101), at: "--limit")
                == "--limit is '\(String(repeating: "ä", count: 100))…'; it must be a whole number from 1 to 5.")
    }
}
