import MicroJSON
import TestSupport
import Testing

@Suite struct JSONObjectTests {
    @Test func `Setting keeps the position of a member and appends a new one`() {
        var object = JSONObject()
        for name in ["c", "a", "b"] { object[name] = .integer(1) }
        object["a"] = .integer(2)
        object["d"] = .integer(3)
        #expect(JSONValue.object(object).text.description == #"{"c":1,"a":2,"b":1,"d":3}"#)
        object["c"] = nil
        object["c"] = .null
        #expect(JSONValue.object(object).text.description == #"{"a":2,"b":1,"d":3,"c":null}"#)
        #expect(object.remove(bytes("x")) == nil)
        #expect(object.count == 4)
    }

    @Test func `A large object behaves like a list of pairs`() {
        var generator = SeededGenerator(seed: 42)
        var object = JSONObject()
        var pairs: [(name: String, value: Int)] = []
        for step in 0..<5000 {
            let name = "name \(Int.random(in: 0..<120, using: &generator))"
            let index = pairs.firstIndex { $0.name == name }
            if Int.random(in: 0..<5, using: &generator) < 2 {
                #expect((object.remove(bytes(name)) != nil) == (index != nil))
                if let index { pairs.remove(at: index) }
            } else {
                object[name] = .integer(step)
                if let index { pairs[index].value = step } else { pairs.append((name, step)) }
            }
            #expect(object.count == pairs.count)
        }
        #expect(object.map(\.name) == pairs.map { bytes($0.name) })
        #expect(object.map(\.value) == pairs.map { JSONValue.integer($0.value) })
        for pair in pairs { #expect(object[pair.name] == .integer(pair.value)) }
    }
}
