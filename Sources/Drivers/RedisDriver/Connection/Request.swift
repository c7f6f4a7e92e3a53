/// A command to be sent, and the handler of its reply.
final class Request: Sendable {
    let command: Command
    /// Which connection it goes over.
    let role: RedisConnection.Role
    /// Whether it is part of setting up the connection, and so is sent before other commands.
    let isHandshake: Bool
    /// Takes the reply on the event loop's thread while the reply is valid, and returns what is left to do: resuming
    /// the caller. That is done once everything is taken in that others changed before the reply.
    let complete: @Sendable (Result<Reply, RedisFailure>) -> (@Sendable () -> Void)

    init(
        _ command: Command, over role: RedisConnection.Role = .commands, isHandshake: Bool = false,
        complete: @escaping @Sendable (Result<Reply, RedisFailure>) -> (@Sendable () -> Void)
    ) {
        self.command = command
        self.role = role
        self.isHandshake = isHandshake
        self.complete = complete
    }

    /// The additional time that it may take: a server needs some time for a hundred thousand leaves, or for megabytes.
    var allowance: Duration {
        .microseconds(20 * command.arguments) + .nanoseconds(20 * command.bytes.count)
    }
}
