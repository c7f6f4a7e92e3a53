import MicroHTTP
import MicroJSON
import NestKVCore
import NestKVStorage

extension Node {
    /// The response to a plain read of the path: the composed value with its headers.
    ///
    /// - Precondition: the node exists.
    func response(pretty: Bool, _ limits: StoreLimits) throws(StoreError) -> Response {
        if !pretty, let leaf = soleLeaf, leaf.revision == revision {
            // Most leaves of a store that is written often are read once.
            guard leaf.rendering.isNotedAgain() else {
                return Response(status: 200, headers: leaf.plainHeaders, body: leaf.value.utf8)
            }
            return .prepared(leaf.preparedResponse)
        }
        // The server may keep the response from the second read on.
        _ = shown?.stored.soleLeaf?.rendering.isNotedAgain()
        guard let subtree = keptSubtree else {
            return Response(
                status: 200, headers: pretty ? indentedHeaders : plainHeaders,
                body: try composed().body(isPretty: pretty, limits))
        }
        let indented = pretty ? try indented(sharedBy: subtree, limits) : nil
        var response = Response.prepared(indented?.response ?? preparedResponse(keptWith: subtree))
        // Requests that arrive meanwhile needn't read or compose it again, even if it is too large for a cache.
        if subtree.valueBytes >= 1 << 20 {
            response.source = Response.Source(indented ?? subtree, bytes: subtree.memoryBytes - subtree.valueBytes)
        }
        return response
    }

    /// Whether ``response(pretty:_:)`` returns a response that was already made for another request.
    func hasReadyResponse(pretty: Bool) -> Bool {
        if !pretty, let leaf = soleLeaf, leaf.revision == revision { return leaf.rendering.isMade }
        guard let subtree = keptSubtree else { return false }
        return pretty ? subtree.indentedRendering.isInUse : subtree.rendering.isMade
    }

    /// Whether the same value was read before and is likely to be read again.
    var wasReadBefore: Bool {
        if let shown { return shown.stored.wasReadBefore }
        if let leaf = soleLeaf, leaf.revision == revision { return leaf.rendering.isNoted }
        return hasReadyResponse(pretty: false)
    }

    /// The response to a plain read of this subtree, made once and kept with the subtree.
    private func preparedResponse(keptWith subtree: Subtree) -> PreparedResponse {
        subtree.rendering.kept { PreparedResponse(status: 200, headers: plainHeaders, body: composed().utf8) }
    }

    /// The indented form, made once for all clients that it is sent to at the same time.
    private func indented(sharedBy subtree: Subtree, _ limits: StoreLimits) throws(StoreError) -> IndentedSubtree {
        try subtree.indentedRendering.inUse { () throws(StoreError) in
            let body = try composed().body(isPretty: true, limits)
            return IndentedSubtree(
                subtree: subtree, response: PreparedResponse(status: 200, headers: indentedHeaders, body: body))
        }
    }

    private var indentedHeaders: HeaderFields {
        headers(etag: etag(isEntry: false, isPretty: true))
    }

    /// The headers of a plain read.
    private var plainHeaders: HeaderFields {
        headers(etag: etag) + [.reprDigest: soleLeaf?.textHash.reprDigest]
    }

    /// The entity tag of one representation of the state.
    func etag(isEntry: Bool, isPretty: Bool) -> EntityTag {
        let variants = (isEntry ? ["entry"] : []) + (isPretty ? ["pretty"] : [])
        return variants.isEmpty ? etag : etag.variant(variants.joined(separator: "+"))
    }

    /// The headers of a read, for one representation of the state.
    func headers(etag: EntityTag) -> HeaderFields {
        [
            .contentType: MediaType.json, .eTag: etag.description, .revision: String(revision),
            .cacheControl: "no-cache", .version: version.map { String($0) },
            .lastModified: modifiedAt.map(\.lastModified), .schema: schemaHash, .link: schemaHash.map(describing),
            .leftOut: shown.flatMap { $0.leftOut > 0 ? String($0.leftOut) : nil },
        ]
    }

    /// The schema that the value follows, if it is known.
    private var schemaHash: String? {
        if let shown { return shown.schemaHash }
        return soleLeaf?.attribution.schemaHash
    }
}

/// The link to the schema of a value.
private func describing(_ schemaHash: String) -> String { "</__schema/\(schemaHash)>; rel=\"describedby\"" }

/// The indented form of a subtree; both are kept for as long as it is being sent.
private final class IndentedSubtree: Sendable {
    let subtree: Subtree
    let response: PreparedResponse

    init(subtree: Subtree, response: PreparedResponse) {
        self.subtree = subtree
        self.response = response
    }
}

extension Record {
    /// The hash of the value's text as it is stored. A canonical text has the hash of the value.
    fileprivate var textHash: DataHash { value.isCanonical ? dataHash : DataHash(ofText: value) }

    /// The response to a plain read of this leaf, made once and kept with the leaf.
    fileprivate var preparedResponse: PreparedResponse {
        rendering.kept {
            PreparedResponse(status: 200, headers: plainHeaders, body: value.utf8)
        }
    }

    /// The headers of a plain read of this leaf.
    fileprivate var plainHeaders: HeaderFields {
        [
            .contentType: MediaType.json, .eTag: etag.description, .revision: String(revision),
            .cacheControl: "no-cache", .version: String(version), .lastModified: updatedAt.lastModified,
            .reprDigest: textHash.reprDigest, .schema: attribution.schemaHash,
            .link: attribution.schemaHash.map(describing),
        ]
    }
}

extension Timestamp {
    /// The value of `Last-Modified`. It is never in the future (RFC 9110 §8.8.2.1), as a leaf's time can be after the
    /// clock was set back.
    var lastModified: String { min(self, .now).httpDate }
}
