import Glibc

extension Server {
    /// Streams that are open now. They are not among `connections`.
    public var streams: Int { streaming.census.openCount }

    /// Streams that were opened since the start.
    public var streamsOpened: Int { streaming.census.openedCount }

    /// Streams that are over, by what ended them.
    public func streamsEnded(_ ending: ResponseStream.Ending) -> Int { streaming.census.count(ending) }

    /// Streams that were cut because their client read too slowly.
    public var streamsEndedByOverflow: Int { streamsEnded(.tooSlow) }
}

/// The threads that send to streams; each stream belongs to one of them.
struct Streaming: Sendable {
    let census = StreamCensus()
    private let senders: [StreamSender]

    init(_ configuration: ServerConfiguration, linger: @escaping @Sendable (Int32) -> Void) {
        // One keeps a core busy, and the clients, or what is published, need the other.
        let isAutomatic = configuration.streamThreads == 0
        let count = isAutomatic ? max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)) / 2) : configuration.streamThreads
        senders = (0..<count).map { [census] _ in StreamSender(configuration, census, linger: linger) }
        for sender in senders { sender.siblings = senders.map { StreamSender.Sibling(sender: $0) } }
    }

    func start() { for sender in senders { sender.start() } }

    /// Ends all, each with what it has still to send, but at the latest within a second.
    func finish() {
        let end = Clock.now + 1_000_000_000
        for sender in senders { sender.push(.end(by: end)) }
    }

    func stop() { for sender in senders { sender.stop() } }

    /// Descriptors are given out from the lowest, so that this spreads streams evenly.
    func sender(for socket: Int32) -> StreamSender { senders[Int(socket) % senders.count] }
}
