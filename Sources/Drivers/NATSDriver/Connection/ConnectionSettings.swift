import CNATS
import Glibc
import NestKVCore

/// How to reach the servers: what the URL says, as libnats takes it.
struct ConnectionSettings: Sendable {
    /// `host:port` of each server.
    var servers: [String]
    /// A user's name; a token when there is no password.
    var user: String?
    var password: String?
    /// A file with a user's credentials (JWT and seed).
    var credentialsFile: String?
    /// Whether to speak TLS.
    var isSecure = false
    /// Files: certificates that are trusted, one's own certificate and its key.
    var trustedFile: String?
    var certificateFile: String?
    var keyFile: String?
    /// How long a reply and a connection may take.
    var timeout: Duration

    /// libnats's options; the caller frees them.
    func options() throws(LinkFailure) -> OpaquePointer {
        var created: OpaquePointer?
        try check(natsOptions_Create(&created))
        guard let options = created else { throw LinkFailure(NATS_NO_MEMORY) }
        do throws(LinkFailure) {
            try apply(to: options)
        } catch {
            natsOptions_Destroy(options)
            throw error
        }
        return options
    }

    private func apply(to options: OpaquePointer) throws(LinkFailure) {
        let urls = servers.map { strdup("nats://\($0)") }
        defer { for url in urls { free(url) } }
        var addresses = urls.map { UnsafePointer<CChar>($0) }
        try check(natsOptions_SetServers(options, &addresses, Int32(addresses.count)))
        try check(natsOptions_SetName(options, "nestkv"))
        try check(natsOptions_SetTimeout(options, timeout.inMilliseconds))
        // What is written while a server is away must not be sent when it is back: a new link takes its place.
        try check(natsOptions_SetAllowReconnect(options, false))
        try check(natsOptions_SetSendAsap(options, true))
        try check(natsOptions_SetNoEcho(options, true))
        try check(natsOptions_SetPingInterval(options, 5000))
        try check(natsOptions_SetMaxPingsOut(options, 2))
        try check(natsOptions_SetWriteDeadline(options, timeout.inMilliseconds))
        if let user, let password {
            try check(natsOptions_SetUserInfo(options, user, password))
        } else if let user {
            try check(natsOptions_SetToken(options, user))
        }
        if let credentialsFile { try check(natsOptions_SetUserCredentialsFromFiles(options, credentialsFile, nil)) }
        guard isSecure else { return }
        try check(natsOptions_SetSecure(options, true))
        if let trustedFile { try check(natsOptions_LoadCATrustedCertificates(options, trustedFile)) }
        if let certificateFile, let keyFile {
            try check(natsOptions_LoadCertificatesChain(options, certificateFile, keyFile))
        }
    }

    /// What a failure to connect means to the one who starts the service.
    func startError(_ failure: LinkFailure) -> DriverError {
        let place = servers.joined(separator: ", ")
        let message =
            switch failure.code {
            case NATS_NO_SERVER: "No NATS server answers at \(place): start it, or name another in --store."
            case NATS_CONNECTION_AUTH_FAILED, NATS_NOT_PERMITTED:
                "The NATS server at \(place) refuses the user, password, token or credentials in --store."
            case NATS_SECURE_CONNECTION_REQUIRED: "The NATS server at \(place) wants TLS: add 'tls=on' to --store."
            case NATS_SECURE_CONNECTION_WANTED: "The NATS server at \(place) has no TLS: leave 'tls=on' out of --store."
            case NATS_SSL_ERROR: "TLS with the NATS server at \(place) fails: check 'ca', 'cert' and 'key' in --store."
            case NATS_TIMEOUT: "The NATS server at \(place) doesn't answer within \(timeout)."
            default: "The NATS server at \(place) can't be used."
            }
        return DriverError(.configuration, message, cause: failure.message)
    }
}

extension Duration {
    /// Whole milliseconds.
    var inMilliseconds: Int64 { components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000 }
    /// Nanoseconds, as JetStream has durations.
    var inNanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
}
