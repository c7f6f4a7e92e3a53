import CNATS

/// How to sign in, in libnats's terms.
enum SignIn: Sendable {
    case password(String, user: String)
    case token(String)
    /// A file with a user's JWT and its seed, or with only the JWT if the seed has a file of its own.
    case credentials(file: String, seedFile: String?)
    /// A user's public NKey and the file with its seed.
    case key(String, seedFile: String)

    /// Sets it in libnats's options.
    func apply(to options: OpaquePointer) throws(LibnatsError) {
        switch self {
        case .password(let password, let user): try check(natsOptions_SetUserInfo(options, user, password))
        case .token(let token): try check(natsOptions_SetToken(options, token))
        case .credentials(let file, let seedFile):
            try check(natsOptions_SetUserCredentialsFromFiles(options, file, seedFile))
        case .key(let key, let seedFile): try check(natsOptions_SetNKeyFromSeed(options, key, seedFile))
        }
    }

    /// Whether the client signs a challenge of the server.
    var isBySignature: Bool {
        switch self {
        case .password, .token: false
        case .credentials, .key: true
        }
    }

    /// The files it reads, with the parameters that name them. They are read again for every connection.
    var files: [(parameter: String, path: String)] {
        switch self {
        case .password, .token: []
        case .credentials(let file, let seedFile): [("creds", file)] + (seedFile.map { [("seed", $0)] } ?? [])
        case .key(_, let seedFile): [("seed", seedFile)]
        }
    }
}
