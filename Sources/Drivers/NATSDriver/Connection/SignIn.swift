import CNATS

/// How to sign in, as libnats takes it.
enum SignIn: Sendable {
    case password(String, user: String)
    case token(String)
    /// A file with a user's JWT and its seed, or with the JWT alone when the seed has a file of its own.
    case credentials(file: String, seedFile: String?)
    /// A user's public NKey and the file with its seed.
    case key(String, seedFile: String)

    /// Tells libnats.
    func apply(to options: OpaquePointer) throws(LinkFailure) {
        switch self {
        case .password(let password, let user): try check(natsOptions_SetUserInfo(options, user, password))
        case .token(let token): try check(natsOptions_SetToken(options, token))
        case .credentials(let file, let seedFile):
            try check(natsOptions_SetUserCredentialsFromFiles(options, file, seedFile))
        case .key(let key, let seedFile): try check(natsOptions_SetNKeyFromSeed(options, key, seedFile))
        }
    }

    /// What it reads, by the parameters that name it. It is read again for every connection.
    var files: [(parameter: String, path: String)] {
        switch self {
        case .password, .token: []
        case .credentials(let file, let seedFile): [("creds", file)] + (seedFile.map { [("seed", $0)] } ?? [])
        case .key(_, let seedFile): [("seed", seedFile)]
        }
    }
}
