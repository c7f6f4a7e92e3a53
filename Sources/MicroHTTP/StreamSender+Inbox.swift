extension StreamSender {
    /// What others want of it.
    enum Job {
        case open(ResponseStream)
        /// Whoever it was opened for has had a chance to send.
        case settle(ResponseStream)
        case send(StreamChunk, ResponseStream)
        /// To those of them that are this sender's.
        case deliver([StreamChunk], [ResponseStream])
        /// The same, without having asked any of them.
        case publish([StreamChunk], [ResponseStream], @Sendable (ResponseStream.Refusals) -> Void)
        /// It takes publications again.
        case resume(ResponseStream)
        /// Its flags have changed.
        case look(ResponseStream)
        /// End all, at the latest then.
        case end(by: UInt64)
        case stop
    }

    struct Inbox {
        var jobs: [Job] = []
        /// What publications among them are to be handed to, each stream counted for each.
        var backlog = 0
        /// The thread waits, or is about to, and has to be woken.
        var isSleeping = false
        /// Nobody reads it any more.
        var isOver = false
    }
}
