import Digests
import MicroJSON

/// Hashes values so that equal JSON has an equal hash.
public protocol HashingService: Sendable {
    /// The hash over a value's canonical form.
    func hash(of value: JSONText) -> DataHash
}

/// SHA-256 over the RFC 8785 canonical form.
public struct CanonicalHashing: HashingService {
    private let hashOfNull: DataHash

    /// A hashing service.
    public init() {
        hashOfNull = DataHash(SHA256.digest(of: JSONText.null.utf8))
    }

    public func hash(of value: JSONText) -> DataHash {
        value.utf8.count == 4 && value == .null ? hashOfNull : DataHash(SHA256.digest(of: value.canonical()))
    }
}

extension DataHash {
    init(_ digest: Digest) {
        self = digest.withBytes { DataHash(bytes: $0) }
    }
}

extension DataHash {
    /// SHA-256 over a text's bytes without canonicalisation.
    public init(ofText text: JSONText) {
        self.init(SHA256.digest(of: text.utf8))
    }

    /// SHA-256 over bytes.
    public init(ofBytes bytes: [UInt8]) {
        self.init(SHA256.digest(of: bytes))
    }
}
