import CNATS

/// How to speak TLS, as libnats takes it. A server that asks for TLS gets it also without these.
struct TLSSettings: Sendable {
    /// The certificates that are trusted; nil: those of the system.
    var trustedFile: String?
    /// One's own certificate, with what it is signed by, and its key.
    var certificateFile: String?
    var keyFile: String?
    /// The name that the server's certificate must have; nil: the one that it is reached by.
    var hostName: String?

    /// Tells libnats.
    func apply(to options: OpaquePointer) throws(LinkFailure) {
        try check(natsOptions_SetSecure(options, true))
        if let trustedFile { try check(natsOptions_LoadCATrustedCertificates(options, trustedFile)) }
        if let certificateFile, let keyFile {
            try check(natsOptions_LoadCertificatesChain(options, certificateFile, keyFile))
        }
        if let hostName { try check(natsOptions_SetExpectedHostname(options, hostName)) }
    }

    /// What it reads, by the parameters that name it. It is read again for every connection.
    var files: [(parameter: String, path: String)] {
        [("ca", trustedFile), ("cert", certificateFile), ("key", keyFile)].compactMap { name, path in
            path.map { (name, $0) }
        }
    }

    /// What a failure means, by the number that OpenSSL gives it (`X509_V_ERR_…`).
    static func startMessage(_ failure: LinkFailure, at place: String) -> String {
        let mark = "SSL handshake error: "
        let number = failure.message.firstRange(of: mark).flatMap {
            Int(failure.message[$0.upperBound...].prefix { $0.isNumber })
        }
        return switch number {
        case 62?, 64?:
            "The certificate of the NATS server at \(place) is for another host: reach it by a name that its "
                + "certificate has, or give that name as 'hostname' in --store."
        case 9?, 10?: "The certificate of the NATS server at \(place) is not valid now: renew it, or set the clock."
        case 2?, 18?, 19?, 20?, 21?:
            "The certificate of the NATS server at \(place) isn't signed by anybody who is trusted: name a file with "
                + "the authority's certificate as 'ca' in --store."
        default: "TLS with the NATS server at \(place) fails: check 'ca', 'cert' and 'key' in --store."
        }
    }
}
