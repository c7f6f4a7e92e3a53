extension ResponseStream {
    /// Those that did not take what they were sent, and why.
    public typealias Refusals = [(stream: ResponseStream, sent: Sent)]

    /// Queues chunks for many streams of one server, at the same small cost for any number of them: the sending threads
    /// look at each stream. Each takes all chunks or none, in order with whatever else is sent to it.
    ///
    /// A stream whose queue is full, but whose client reads, is written to first. So only clients that are slow refuse,
    /// and none because there was more to send in a moment than the server could. Who has refused once is skipped from
    /// then on, without a word, until `resumePublications`: so nobody gets a later chunk after having missed one.
    /// - Parameter refused: is told of those that did not take the chunks, if there are any, on a thread that sends to
    ///   other streams, too: it may send, finish, abort or hand over, but not block.
    public static func publish(
        _ chunks: [StreamChunk], to streams: [ResponseStream], refused: @escaping @Sendable (Refusals) -> Void
    ) {
        for case let sender? in streams.first?.sender.siblings.map(\.sender) ?? [] {
            sender.push(.publish(chunks, streams, refused))
        }
    }

    /// Whether the threads that send are not far behind (`StreamSender.backlogLimit`). Who publishes waits while they
    /// are.
    public var canPublish: Bool {
        sender.siblings.allSatisfy { $0.sender?.hasRoom ?? true }
    }

    /// Takes publications again, from those on that are made after this.
    public func resumePublications() { sender.push(.resume(self)) }

    /// Queues one chunk for many streams, with one wake-up for all of them. Looks at each stream, here and now: 15 to
    /// 60 ns.
    ///
    /// - Returns: those that did not take it, and why.
    public static func broadcast(
        _ chunk: StreamChunk, to streams: [ResponseStream]
    ) -> Refusals {
        broadcast([chunk], to: streams)
    }

    /// Queues chunks for many streams; each takes all of them or none.
    ///
    /// - Returns: those that did not take them, and why.
    public static func broadcast(
        _ chunks: [StreamChunk], to streams: [ResponseStream]
    ) -> Refusals {
        guard let first = streams.first else { return [] }
        let cost = StreamLoad.Cost(chunks)
        var refused: Refusals = []
        // Made when the first one refuses; as a rule none does, and everybody shares the array that was given.
        var takers: [ResponseStream] = []
        var senders = [first.sender]
        for (index, stream) in streams.enumerated() {
            let sent = stream.load.update { $0.add(cost, stream.sender.limits) }
            if sent == .queued {
                if !refused.isEmpty { takers.append(stream) }
                if stream.sender !== senders[0], !senders.contains(where: { $0 === stream.sender }) {
                    senders.append(stream.sender)
                }
            } else {
                if refused.isEmpty { takers = Array(streams[..<index]) }
                refused.append((stream, sent))
            }
        }
        if refused.isEmpty { takers = streams }
        if takers.isEmpty { return refused }
        for sender in senders { sender.push(.deliver(chunks, takers)) }
        return refused
    }
}
