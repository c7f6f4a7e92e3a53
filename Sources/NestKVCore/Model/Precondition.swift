/// What must be true of a path for a request to be carried out (RFC 9110 §13).
public struct Precondition: Sendable {
    /// The value of `If-Match` or `If-None-Match`.
    public enum Tags: Sendable {
        /// `*`: anything that is there.
        case any
        /// One of these.
        case listed([EntityTag])
    }

    /// What became of the evaluation.
    public enum Outcome: Sendable, Equatable {
        /// Carry the request out.
        case holds
        /// Answer 304 to `GET` and `HEAD`.
        case notModified
        /// Answer 412, for this reason.
        case failed(String)
    }

    /// `If-Match`.
    public var ifMatch: Tags?
    /// `If-None-Match`.
    public var ifNoneMatch: Tags?
    /// `If-Unmodified-Since`.
    public var ifUnmodifiedSince: Timestamp?
    /// `If-Modified-Since`; looked at for reads alone.
    public var ifModifiedSince: Timestamp?
    /// `Nestkv-If-Version`: the leaf's version; 0: nothing is there.
    public var ifVersion: UInt64?

    /// Always true.
    public static let none = Precondition()

    /// No condition; set what is asked for.
    public init() {}

    /// Whether nothing is asked for.
    public var isEmpty: Bool {
        ifMatch == nil && ifNoneMatch == nil && ifUnmodifiedSince == nil && ifModifiedSince == nil && ifVersion == nil
    }

    /// Whether a write of what stands there depends on it. A date is looked at only where a leaf's own is compared with
    /// it (RFC 9110 §13.1.4), and ``ifModifiedSince`` never.
    public func restrictsWrites(of state: Node) -> Bool {
        ifMatch != nil || ifNoneMatch != nil || ifVersion != nil || ifUnmodifiedSince != nil && state.modifiedAt != nil
    }

    /// Evaluates in the order of RFC 9110 §13.2.2, `Nestkv-If-Version` first.
    ///
    /// - Parameters:
    ///   - state: what stands at the path now.
    ///   - tag: the selected representation's entity tag; nil for a write, which is compared by state, whichever
    ///     representation its writer had read.
    public func evaluate(_ state: Node, reading tag: EntityTag?) -> Outcome {
        let isRead = tag != nil
        let version = state.exists ? state.version : 0
        if let ifVersion, ifVersion != version {
            let now = state.version.map { "it is \($0)" } ?? "no single leaf is there"
            return .failed("Nestkv-If-Version asks for version \(ifVersion); \(now).")
        }
        if let ifMatch {
            guard matches(ifMatch, state, tag, strongly: true) else {
                return .failed("None of the entity tags in If-Match is the current one.")
            }
        } else if let ifUnmodifiedSince, let modified = state.modifiedAt, modified.seconds > ifUnmodifiedSince.seconds {
            return .failed("It was modified at \(modified.httpDate), after If-Unmodified-Since.")
        }
        if let ifNoneMatch {
            if matches(ifNoneMatch, state, tag, strongly: false) {
                return isRead ? .notModified : .failed("If-None-Match names what is there.")
            }
        } else if isRead, let ifModifiedSince, let modified = state.modifiedAt,
            modified.seconds <= ifModifiedSince.seconds
        {
            return .notModified
        }
        return .holds
    }

    /// Evaluates for a representation that is no leaf's and no value's, such as a page of a list: by its tag alone.
    public func evaluate(reading tag: EntityTag) -> Outcome {
        if let ifVersion { return .failed("Nestkv-If-Version asks for version \(ifVersion); a list has no version.") }
        if case .listed(let tags)? = ifMatch, !tags.contains(where: { $0.stronglyMatches(tag) }) {
            return .failed("None of the entity tags in If-Match is the current one.")
        }
        switch ifNoneMatch {
        case .any: return .notModified
        case .listed(let tags): return tags.contains { $0.weaklyMatches(tag) } ? .notModified : .holds
        case nil: return .holds
        }
    }

    private func matches(_ tags: Tags, _ state: Node, _ tag: EntityTag?, strongly: Bool) -> Bool {
        guard state.exists else { return false }
        guard case .listed(let listed) = tags else { return true }
        let current = tag ?? state.etag
        return listed.contains { candidate in
            let candidate = tag == nil ? candidate.state : candidate
            return strongly ? candidate.stronglyMatches(current) : candidate.weaklyMatches(current)
        }
    }
}
