import MicroText
import NestKVStorage

/// The settings of a NATS store, from the URL and the service's options.
struct NATSSettings: Sendable {
    /// The settings for new buckets, and what is known of all buckets.
    struct BucketSettings: Sendable {
        /// The records of a leaf that are kept, the current one included: 1 to 64.
        var history: Int
        /// On how many servers a bucket is stored.
        var replicas = 1
        /// Whether buckets are stored in files instead of the server's memory.
        var isOnDisk = true
        /// How long a record is kept; nil: for ever.
        var age: Duration?
        /// Whether the server syncs before it answers (`sync_interval: always`). The server can't be asked for it.
        var isSynced = false
        /// Whether missing features are turned on in buckets of other programs.
        var isAdopting = false
    }

    /// How to reach the servers.
    var connection: ConnectionSettings
    /// How buckets are created.
    var bucket: BucketSettings
    /// Which keys a path can name.
    var keys: KeyLimits
    /// The most memory for nodes that were read lately.
    var cacheBytes = 32 << 20

    /// The parameters that an address may have.
    static let parameters = [
        StoreParameter("creds", "File with a user's JWT and seed; with seed, only the JWT"),
        StoreParameter("nkey", "Public NKey of a user; needs seed"),
        StoreParameter("seed", "File with the user's seed"),
        StoreParameter("tls", standard: "off", "on: only connect with TLS"),
        StoreParameter("ca", standard: "the system's", "File with the server's certificate authorities; turns TLS on"),
        StoreParameter("cert", "File with the client's certificate; needs key, turns TLS on"),
        StoreParameter("key", "File with the key of the client's certificate"),
        StoreParameter("hostname", standard: "the host's", "Name in the server's certificate; turns TLS on"),
        StoreParameter("history", standard: "--history and 1, at most 64", "Records of a leaf in a new bucket"),
        StoreParameter("replicas", standard: "1", "Servers that store a new bucket"),
        StoreParameter("storage", standard: "file", "memory: store a new bucket in the server's memory"),
        StoreParameter("ttl", "How long a new bucket keeps a record"),
        StoreParameter("sync", standard: "interval", "always: state that the server syncs before it answers"),
        StoreParameter("cache", standard: "32MiB", "Memory for what was read lately; 0: none"),
        StoreParameter("adopt", standard: "off", "on: complete the settings of buckets of other programs"),
    ]

    /// Reads `nats://[user:password@|token@]host[:port][,host[:port]…][?…]`.
    init(_ url: StoreURL, _ options: DriverOptions) throws(DriverError) {
        connection = try ConnectionSettings(authority: url, timeout: options.timeout)
        keys = options.keys
        // KV buckets have at most 64.
        bucket = BucketSettings(history: min(options.historyDepth + 1, 64))
        let parameters = try url.parameters(known: Self.parameters)
        bucket.history = try parameters.read("history", .number(in: 1...64)) ?? bucket.history
        bucket.replicas = try parameters.read("replicas", .number(in: 1...5)) ?? bucket.replicas
        bucket.isOnDisk = try parameters.read("storage", .choice(["file": true, "memory": false])) ?? bucket.isOnDisk
        bucket.isSynced = try parameters.read("sync", .choice(["interval": false, "always": true])) ?? bucket.isSynced
        bucket.isAdopting = try parameters.read("adopt", .onOrOff) ?? bucket.isAdopting
        // The server takes no shorter age.
        bucket.age = try parameters.read("ttl", .duration(from: .milliseconds(100)))
        cacheBytes = try parameters.read("cache", .size(from: 0)) ?? cacheBytes
        try connection.take(parameters)
    }

    /// A percent-decoded text. A malformed text is returned unchanged.
    static func decoded(_ text: some StringProtocol) -> String {
        text.percentDecoded ?? String(text)
    }
}

extension ConnectionSettings {
    fileprivate init(authority url: StoreURL, timeout: Duration) throws(DriverError) {
        let form = "write 'nats://HOST:4222', or 'nats://USER:PASSWORD@HOST:4222,HOST2:4222'"
        guard url.rest.hasPrefix("//") else {
            throw DriverError(.address, "A NATS store needs a server: \(form).")
        }
        var rest = url.rest.dropFirst(2)
        if rest.last == "/" { rest.removeLast() }
        var user: Substring?
        if let at = rest.lastIndex(of: "@") {
            user = rest[..<at]
            rest = rest[rest.index(after: at)...]
        }
        let servers = rest.split(separator: ",", omittingEmptySubsequences: false)
        guard !rest.isEmpty, servers.allSatisfy({ !$0.isEmpty && !$0.contains("/") }) else {
            throw DriverError(.address, "'\(rest)' is not a list of NATS servers: \(form).")
        }
        for server in servers where !server.hasSuffix("]") {
            guard let colon = server.lastIndex(of: ":") else { continue }
            guard let port = Int(server[server.index(after: colon)...]), (1...65_535).contains(port) else {
                throw DriverError(.address, "'\(server)' has no port from 1 to 65535: \(form).")
            }
        }
        self.init(servers: servers.map(String.init), timeout: timeout)
        guard let user, !user.isEmpty else { return }
        let parts = user.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        let name = NATSSettings.decoded(parts[0])
        signIn = parts.count == 2 ? .password(NATSSettings.decoded(parts[1]), user: name) : .token(name)
    }

    /// Reads the parameters for signing in and TLS.
    fileprivate mutating func take(_ parameters: StoreParameters) throws(DriverError) {
        func text(_ name: String) -> String? { parameters[name].map { NATSSettings.decoded($0) } }
        let (creds, nkey, seed) = (text("creds"), text("nkey"), text("seed"))
        guard [signIn != nil, creds != nil, nkey != nil].count(where: \.self) < 2 else {
            throw DriverError(.address, "Use only one way to sign in: a user, a token, creds or nkey.")
        }
        if let creds {
            signIn = .credentials(file: creds, seedFile: seed)
        } else if let nkey, let seed {
            signIn = .key(nkey, seedFile: seed)
        } else if nkey != nil || seed != nil {
            throw DriverError(.address, "The parameters nkey and seed must be given together.")
        }
        let certificates = TLSSettings(
            trustedFile: text("ca"), certificateFile: text("cert"), keyFile: text("key"), hostName: text("hostname"))
        guard (certificates.certificateFile == nil) == (certificates.keyFile == nil) else {
            throw DriverError(.address, "The parameters cert and key must be given together.")
        }
        let isNeeded = !certificates.files.isEmpty || certificates.hostName != nil
        let isOn = try parameters.read("tls", .onOrOff) ?? isNeeded
        guard isOn || !isNeeded else {
            throw DriverError(.address, "The parameters ca, cert, key and hostname need TLS: remove 'tls=off'.")
        }
        if isOn { tls = certificates }
    }
}
