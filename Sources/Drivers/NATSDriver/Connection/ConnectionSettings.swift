import CNATS
import Glibc
import NestKVStorage

/// How to reach the servers: the URL's content in libnats's terms.
struct ConnectionSettings: Sendable {
    /// `host:port` of each server.
    var servers: [String]
    /// How to sign in; nil: without credentials.
    var signIn: SignIn?
    /// Whether and how to use TLS; nil: only if a server asks for it.
    var tls: TLSSettings?
    /// The longest time for a reply or a connection attempt.
    var timeout: Duration

    /// libnats's options; the caller frees them.
    func options() throws(LibnatsError) -> OpaquePointer {
        var created: OpaquePointer?
        try check(natsOptions_Create(&created))
        guard let options = created else { throw LibnatsError(NATS_NO_MEMORY) }
        do throws(LibnatsError) {
            try apply(to: options)
        } catch {
            natsOptions_Destroy(options)
            throw error
        }
        return options
    }

    private func apply(to options: OpaquePointer) throws(LibnatsError) {
        let urls = servers.map { strdup("nats://\($0)") }
        defer { for url in urls { free(url) } }
        var addresses = urls.map { UnsafePointer<CChar>($0) }
        try check(natsOptions_SetServers(options, &addresses, Int32(addresses.count)))
        try check(natsOptions_SetName(options, "nestkv"))
        try check(natsOptions_SetTimeout(options, timeout.inMilliseconds))
        // Messages written while the server is unavailable must not be sent later, so a new connection replaces a lost
        // one.
        try check(natsOptions_SetAllowReconnect(options, false))
        try check(natsOptions_SetSendAsap(options, true))
        try check(natsOptions_SetNoEcho(options, true))
        try check(natsOptions_SetPingInterval(options, 5000))
        try check(natsOptions_SetMaxPingsOut(options, 2))
        try check(natsOptions_SetWriteDeadline(options, timeout.inMilliseconds))
        try signIn?.apply(to: options)
        try tls?.apply(to: options)
    }

    /// Checks that the named files can be read.
    ///
    /// - Throws: ``DriverError`` `.configuration` for the user who starts the service.
    func checkFiles() throws(DriverError) {
        for (parameter, path) in (signIn?.files ?? []) + (tls?.files ?? []) where access(path, R_OK) != 0 {
            let reason = String(cString: strerror(errno))
            throw DriverError(
                .configuration,
                "The file '\(path)' of the parameter '\(parameter)' in --store can't be read: \(reason).")
        }
    }

    /// The start-up error for a failed connection attempt, with what to do.
    func startError(_ failure: LibnatsError) -> DriverError {
        let place = servers.joined(separator: ", ")
        let message =
            switch failure.code {
            case NATS_NO_SERVER: "No NATS server answers at \(place): start it, or name another in --store."
            case NATS_CONNECTION_AUTH_FAILED, NATS_NOT_PERMITTED:
                "The NATS server at \(place) refuses the user, password, token or credentials in --store."
            case NATS_SECURE_CONNECTION_REQUIRED:
                "The NATS server at \(place) requires TLS: add 'tls=on' to --store."
            case NATS_SECURE_CONNECTION_WANTED:
                "The NATS server at \(place) has no TLS: remove 'tls', 'ca', 'cert' and 'key' from --store."
            case NATS_SSL_ERROR: TLSSettings.startMessage(failure, at: place)
            case NATS_TIMEOUT:
                "The NATS server at \(place) doesn't answer within \(timeout): check that it is running properly."
            case NATS_PROTOCOL_ERROR, NATS_IO_ERROR, NATS_CONNECTION_CLOSED:
                "The server at \(place) closes the connection at once. If it is a NATS server that requires client "
                    + "certificates, name a certificate that it trusts as 'cert' and 'key' in --store."
            default: "The NATS server at \(place) can't be used."
            }
        return DriverError(.configuration, message, cause: failure.message)
    }

    /// The problem if servers answer and yet can't be used; nil if it may pass by itself.
    func lastingProblem(_ failure: LibnatsError) -> String? {
        switch failure.code {
        case NATS_CONNECTION_AUTH_FAILED, NATS_NOT_PERMITTED:
            "the NATS server refuses the user, password, token or credentials in --store"
        case NATS_SSL_ERROR: "TLS with the NATS server fails"
        default: nil
        }
    }
}

extension Duration {
    /// Whole milliseconds.
    var inMilliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
    /// Nanoseconds, JetStream's unit of durations.
    var inNanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
}
