extension ResponseStream {
    /// Streams that did not take their chunks, and why.
    public typealias Refusals = [(stream: ResponseStream, sent: Sent)]

    /// Queues chunks for many streams of one server. The cost for the caller is small and independent of their number;
    /// the sending threads visit each stream. Each stream takes all chunks or none, in order with everything else sent
    /// to it.
    ///
    /// A stream with a full queue whose client reads is written to first. Therefore only slow clients refuse, never
    /// because the server could not send fast enough. A stream that has refused is skipped without a report until
    /// `resumePublications`, so that it gets no later chunk after a missed one.
    ///
    /// - Parameter refused: called with the streams that did not take the chunks, if there are any, on a thread that
    ///   also sends to other streams. It may send, finish, abort or hand over, but must not block.
    public static func publish(
        _ chunks: [StreamChunk], to streams: [ResponseStream], refused: @escaping @Sendable (Refusals) -> Void
    ) {
        for case let sender? in streams.first?.sender.siblings.map(\.sender) ?? [] {
            sender.push(.publish(chunks, streams, refused))
        }
    }

    /// Whether the sending threads are not too far behind (`StreamSender.backlogLimit`). Publishers wait while they
    /// are.
    public var canPublish: Bool {
        sender.siblings.allSatisfy { $0.sender?.hasRoom ?? true }
    }

    /// Takes publications again, beginning with those made after this call.
    public func resumePublications() { sender.push(.resume(self)) }

    /// Queues one chunk for many streams with a single wake-up. It visits each stream immediately, which takes 15 to 60
    /// ns.
    ///
    /// - Returns: the streams that did not take it, and why.
    public static func broadcast(
        _ chunk: StreamChunk, to streams: [ResponseStream]
    ) -> Refusals {
        broadcast([chunk], to: streams)
    }

    /// Queues chunks for many streams; each takes all of them or none.
    ///
    /// - Returns: the streams that did not take them, and why.
    public static func broadcast(
        _ chunks: [StreamChunk], to streams: [ResponseStream]
    ) -> Refusals {
        guard let first = streams.first else { return [] }
        let cost = StreamLoad.Cost(chunks)
        var refused: Refusals = []
        // Made when the first stream refuses. Usually none does, and all senders share the given array.
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
