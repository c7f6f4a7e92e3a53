/// A command to be sent, and the handler of its reply.
final class Request: Sendable {
    /// Which connection it goes over.
    enum Channel: Int, CaseIterable, Sendable {
        /// All other commands.
        case work
        /// The subscriber connection, on which the server reports changed keys.
        case ears
        /// Commits that wait for replicas: commands sent after them wait, too.
        case commits
    }

    let command: Command
    let channel: Channel
    /// Whether it is part of setting up the connection, and so is sent before other commands.
    let isHandshake: Bool
    /// Takes the reply on the loop's thread while the reply is valid, and returns what is left to do: resuming the
    /// caller. That is done once everything has been heard that others changed before the reply.
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

    /// The additional time that it may take: a server needs some time for a hundred thousand leaves, or for megabytes.
    var allowance: Duration {
        .microseconds(20 * command.arguments) + .nanoseconds(20 * command.bytes.count)
    }
}
