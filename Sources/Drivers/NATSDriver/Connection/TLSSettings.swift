import CNATS

/// How to use TLS, in libnats's terms. A server that requires TLS gets it even without these settings.
struct TLSSettings: Sendable {
    /// The file of trusted certificates; nil: the system's.
    var trustedFile: String?
    /// The file of the client's certificate, with the certificates that sign it.
    var certificateFile: String?
    var keyFile: String?
    /// The name that the server's certificate must have; nil: the host in the URL.
    var hostName: String?

    /// Sets it in libnats's options.
    func apply(to options: OpaquePointer) throws(LibnatsError) {
        try check(natsOptions_SetSecure(options, true))
        if let trustedFile { try check(natsOptions_LoadCATrustedCertificates(options, trustedFile)) }
        if let certificateFile, let keyFile {
            try check(natsOptions_LoadCertificatesChain(options, certificateFile, keyFile))
        }
        if let hostName { try check(natsOptions_SetExpectedHostname(options, hostName)) }
    }

    /// The files it reads, with the parameters that name them. They are read again for every connection.
    var files: [(parameter: String, path: String)] {
        [("ca", trustedFile), ("cert", certificateFile), ("key", keyFile)].compactMap { name, path in
            path.map { (name, $0) }
        }
    }

    /// The start-up error for a failed handshake, by OpenSSL's number (`X509_V_ERR_…`).
    static func startMessage(_ failure: LibnatsError, at place: String) -> String {
        let mark = "SSL handshake error: "
        let number = failure.message.firstRange(of: mark).flatMap {
            Int(failure.message[$0.upperBound...].prefix { $0.isNumber })
        }
        return switch number {
        case 62?, 64?:
            "The certificate of the NATS server at \(place) is for another host. Use a host name that its certificate "
                + "has, or give that name as 'hostname' in --store."
        case 9?, 10?:
            "The certificate of the NATS server at \(place) is not valid now. Renew it, or set this machine's clock."
        case 2?, 18?, 19?, 20?, 21?:
            "The certificate of the NATS server at \(place) is not signed by a trusted authority. Name a file with the "
                + "authority's certificate as 'ca' in --store."
        default: "TLS with the NATS server at \(place) fails. Check 'ca', 'cert' and 'key' in --store."
        }
    }
}
