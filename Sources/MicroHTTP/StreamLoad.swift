import Synchronization

/// The load of a stream's queue and whether it takes more, in one word, so that a publisher on any thread needs neither
/// a lock nor the sending thread.
struct StreamLoad: RawRepresentable, AtomicRepresentable, Sendable {
    /// From the lowest bit: 32 bits of bytes, 24 bits of chunks, 8 bits of flags.
    var rawValue: UInt64

    init(rawValue: UInt64 = 0) { self.rawValue = rawValue }

    struct Limits: Sendable {
        let bytes: Int
        let chunks: Int
    }

    /// The size of the chunks that are queued in one call.
    struct Cost {
        var bytes = 0
        var chunks = 0

        init(_ chunk: StreamChunk) { (bytes, chunks) = (chunk.payloadCount, 1) }

        init(_ chunks: some Sequence<StreamChunk>) {
            for chunk in chunks {
                bytes += chunk.payloadCount
                self.chunks += 1
            }
        }

        fileprivate var bits: UInt64 { UInt64(bytes) | UInt64(chunks) << 32 }
    }

    enum Flag: UInt64 {
        /// It takes no more, and ends when it is empty.
        case finishing = 0x0100_0000_0000_0000
        /// It ends immediately.
        case aborted = 0x0200_0000_0000_0000
        /// It was full when it was aborted.
        case tooSlow = 0x0400_0000_0000_0000
        /// It has ended.
        case over = 0x0800_0000_0000_0000
        /// It has refused a send since it was last half empty.
        case overflown = 0x1000_0000_0000_0000
        /// A caller waits for room.
        case awaited = 0x2000_0000_0000_0000
    }

    var bytes: Int { Int(rawValue & 0xFFFF_FFFF) }
    var chunks: Int { Int(rawValue >> 32 & 0xFF_FFFF) }
    var isEmpty: Bool { rawValue & 0x00FF_FFFF_FFFF_FFFF == 0 }

    subscript(flag: Flag) -> Bool {
        get { rawValue & flag.rawValue != 0 }
        set { rawValue = newValue ? rawValue | flag.rawValue : rawValue & ~flag.rawValue }
    }

    var isClosed: Bool { self[.finishing] || self[.aborted] || self[.over] }

    func isHalfEmpty(_ limits: Limits) -> Bool { bytes * 2 <= limits.bytes && chunks * 2 <= limits.chunks }

    /// Adds chunks if they fit. A half-empty queue takes any chunks, so that no send can be too large forever.
    mutating func add(_ cost: Cost, _ limits: Limits) -> ResponseStream.Sent {
        if isClosed { return .closed }
        let (bytes, chunks) = (bytes + cost.bytes, chunks + cost.chunks)
        let fits = bytes <= limits.bytes && chunks <= limits.chunks || isHalfEmpty(limits)
        guard fits, bytes <= 0xFFFF_FFFF, chunks <= 0xFF_FFFF else {
            self[.overflown] = true
            return .full
        }
        rawValue += cost.bits
        return .queued
    }

    /// Adds chunks without a limit.
    mutating func add(_ cost: Cost) { rawValue += cost.bits }

    mutating func remove(_ cost: Cost) { rawValue -= cost.bits }

    mutating func end() { rawValue = Flag.over.rawValue }
}

extension Atomic<StreamLoad> {
    /// Changes the value atomically; `body` may be called several times.
    @discardableResult
    func update<Result>(_ body: (inout StreamLoad) -> Result) -> Result {
        var old = load(ordering: .relaxed)
        while true {
            var new = old
            let result = body(&new)
            if new.rawValue == old.rawValue { return result }
            let outcome = weakCompareExchange(expected: old, desired: new, ordering: .acquiringAndReleasing)
            if outcome.exchanged { return result }
            old = outcome.original
        }
    }
}
