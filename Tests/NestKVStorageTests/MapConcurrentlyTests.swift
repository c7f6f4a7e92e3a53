import NestKVStorage
import Synchronization
import Testing

struct MapConcurrentlyTests {
    @Test func `results have the order of the elements, whichever body ends first`() async {
        let doubled = await (0..<20).mapConcurrently { number in
            for _ in number..<20 { await Task.yield() }
            return number * 2
        }
        #expect(doubled == (0..<20).map { $0 * 2 })
    }

    @Test func `the error of the first element that has one is thrown when all bodies have ended`() async {
        let ended = Mutex(0)
        let error = await #expect(throws: DriverError.self) {
            try await (0..<4).mapConcurrently { (number) throws(DriverError) in
                defer { ended.withLock { $0 += 1 } }
                for _ in number..<4 { await Task.yield() }
                if number % 2 == 1 { throw DriverError(.busy, "\(number)") }
            }
        }
        #expect(error?.message == "1")
        #expect(ended.withLock { $0 } == 4)
    }
}
