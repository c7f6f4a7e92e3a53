import Testing

@testable import MicroHTTP

/// The load of a stream's queue, without a stream.
@Suite
struct StreamLoadTests {
    private let limits = StreamLoad.Limits(bytes: 100, chunks: 10)
    private func chunk(_ count: Int) -> StreamChunk { StreamChunk([UInt8](repeating: 0x61, count: count)) }
    private func cost(_ counts: Int...) -> StreamLoad.Cost { StreamLoad.Cost(counts.map(chunk)) }

    @Test func `takes up to the limit of bytes, and no more`() {
        var load = StreamLoad()
        #expect(load.add(cost(60), limits) == .queued && load.add(cost(40), limits) == .queued)
        #expect(load.add(cost(1), limits) == .full && load.bytes == 100 && load.chunks == 2 && load[.overflown])
        load.remove(cost(60))
        #expect(load.bytes == 40 && load.isHalfEmpty(limits))
        load.remove(cost(40))
        #expect(load.isEmpty)
    }

    @Test func `takes up to the limit of chunks, and no more`() {
        var load = StreamLoad()
        for _ in 0..<10 { #expect(load.add(cost(1), limits) == .queued) }
        #expect(load.add(cost(1), limits) == .full && load.chunks == 10)
    }

    @Test func `takes all of several chunks or none`() {
        var load = StreamLoad()
        #expect(load.add(cost(51), limits) == .queued)
        #expect(load.add(cost(30, 30), limits) == .full && load.bytes == 51 && load.chunks == 1)
    }

    @Test func `takes anything when half empty`() {
        var load = StreamLoad()
        #expect(load.add(cost(50), limits) == .queued && load.add(cost(5000), limits) == .queued)
        #expect(load.add(cost(1), limits) == .full)
    }

    @Test(arguments: [StreamLoad.Flag.finishing, .aborted, .over])
    func `takes nothing once it is closed`(_ flag: StreamLoad.Flag) {
        var load = StreamLoad()
        load[flag] = true
        #expect(load.isClosed && load.isEmpty && load.add(cost(1), limits) == .closed)
    }

    @Test func `flags and counts don't touch each other`() {
        var load = StreamLoad()
        load[.awaited] = true
        load.add(cost(7, 8))
        load[.overflown] = true
        #expect(load.bytes == 15 && load.chunks == 2 && load[.awaited] && !load.isClosed)
        load[.awaited] = false
        #expect(!load[.awaited] && load[.overflown] && load.bytes == 15)
        load.end()
        #expect(load.isClosed && load.isEmpty && !load[.overflown])
    }

    @Test func `a chunk is kept as long as it is in use, and then its place is reused`() {
        var table = ChunkTable()
        weak var gone: StreamChunk?
        let index: ChunkTable.Index
        do {
            let chunk = StreamChunk("abc")
            gone = chunk
            index = table.put(chunk)
        }
        table.use(index)
        table.drop(index)
        #expect(gone != nil && table.count == 1)
        #expect(table.bytes(index, framed: true).elementsEqual("3\r\nabc\r\n".utf8))
        #expect(table.bytes(index, framed: false).elementsEqual("abc".utf8) && table.payloadCount(index) == 3)
        table.drop(index)
        #expect(gone == nil && table.count == 0)
        #expect(table.put(StreamChunk("d")) == index)
    }
}
