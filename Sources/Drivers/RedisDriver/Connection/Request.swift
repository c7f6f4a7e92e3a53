/// A command on its way, and what to do with its reply.
final class Request: Sendable {
    /// Which connection it goes over.
    enum Channel: Int, CaseIterable, Sendable {
        /// The one for all commands.
        case work
        /// The one that is told what others change.
        case ears
        /// The one for commits that wait for replicas: what is sent behind them waits, too.
        case commits
    }

    let command: Command
    let channel: Channel
    /// Whether it is part of setting the connection up, and so sent before others may send.
    let isHandshake: Bool
    /// Takes the reply on the loop's thread, where it is still there, and gives what is left to do: to resume who
    /// waits. That is done when everything has been heard that others changed before the reply.
    let complete: @Sendable (Result<Reply, LinkFailure>) -> (@Sendable () -> Void)

    init(
        _ command: Command, over channel: Channel = .work, isHandshake: Bool = false,
        complete: @escaping @Sendable (Result<Reply, LinkFailure>) -> (@Sendable () -> Void)
    ) {
        self.command = command
        self.channel = channel
        self.isHandshake = isHandshake
        self.complete = complete
    }

    /// How long it may take beyond the usual: a server needs some time for a hundred thousand leaves, or for megabytes.
    var allowance: Duration {
        .microseconds(20 * command.arguments) + .nanoseconds(20 * command.bytes.count)
    }
}
