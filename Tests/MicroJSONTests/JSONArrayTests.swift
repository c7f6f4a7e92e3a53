import MicroJSON
import TestSupport
import Testing

/// A patch of 1 MB with 25,000 insertions at the beginning of an array of 500,000 elements computed for 45 s, because
/// each insertion moved all elements. A long array is kept in pieces, and must behave like any array.
@Suite(.timeLimit(.minutes(2)))
struct JSONArrayTests {
    @Test(arguments: 0..<4)
    func `an array in pieces behaves like any array`(_ seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var plain = (0..<5000).map { JSONValue.integer($0) }
        var array = JSONArray(plain)
        for step in 0..<20_000 {
            let index = random.below(2) == 0 ? 0 : random.below(plain.count + 1)
            if random.below(seed % 2 == 0 ? 2 : 3) > 0, index < plain.count, plain.count > 1 {
                #expect(array.remove(at: index) == plain.remove(at: index))
            } else {
                plain.insert(.integer(step), at: index)
                array.insert(.integer(step), at: index)
            }
            if step % 50 == 0, !plain.isEmpty {
                let place = random.below(plain.count)
                plain[place] = .integer(-step)
                array[place] = .integer(-step)
                #expect(array[plain.count - 1] == plain[plain.count - 1] && array.count == plain.count)
            }
        }
        #expect(Array(array) == plain && array == JSONArray(plain))
        #expect(JSONValue.array(array).text == JSONValue.array(JSONArray(plain)).text)
    }

    @Test func `steps on a long array don't move all of it`() throws {
        let list = JSONArray(repeatElement(.null, count: 500_000))
        let steps = (0..<25_000).map { index -> JSONPatch.Operation in
            let path = JSONPointer(tokens: [Array((index % 3 == 0 ? "400000" : "0").utf8)])
            return index % 5 == 4 ? .remove(path: path) : .add(path: path, value: .true)
        }
        guard case .array(let result) = try JSONPatch(operations: steps).apply(to: .array(list)) else {
            throw TestFailure("no array")
        }
        #expect(result.count == 500_000 + 15_000)
    }
}
