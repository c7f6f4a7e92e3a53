import Glibc

extension Server {
    /// The number of open streams. They are not included in `connections`.
    public var streams: Int { streaming.census.openCount }

    /// The number of streams opened since the start.
    public var streamsOpened: Int { streaming.census.openedCount }

    /// The number of ended streams, by the reason of their end.
    public func streamsEnded(_ ending: ResponseStream.Ending) -> Int { streaming.census.count(ending) }

    /// The number of streams that were cut because their clients read too slowly.
    public var streamsEndedByOverflow: Int { streamsEnded(.tooSlow) }
}

/// The threads that send to streams. Each stream belongs to one of them.
struct Streaming: Sendable {
    let census = StreamCensus()
    private let senders: [StreamSender]

    init(_ configuration: ServerConfiguration, linger: @escaping @Sendable (Int32) -> Void) {
        // A sender keeps one core busy; the clients or the publishers need the other.
        let isAutomatic = configuration.streamThreads == 0
        let count = isAutomatic ? max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN)) / 2) : configuration.streamThreads
        senders = (0..<count).map { [census] _ in StreamSender(configuration, census, linger: linger) }
        for sender in senders { sender.siblings = senders.map { StreamSender.Sibling(sender: $0) } }
    }

    func start() { for sender in senders { sender.start() } }

    /// Ends all streams. Each may send its queue first, for at most one second.
    func finish() {
        let end = Clock.now + 1_000_000_000
        for sender in senders { sender.push(.end(by: end)) }
    }

    func stop() { for sender in senders { sender.stop() } }

    /// The sender of a socket. The system assigns descriptors from the lowest, so streams are distributed evenly.
    func sender(for socket: Int32) -> StreamSender { senders[Int(socket) % senders.count] }
}
