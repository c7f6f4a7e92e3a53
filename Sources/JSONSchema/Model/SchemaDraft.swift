/// A version of JSON Schema.
public enum SchemaDraft: Int, Sendable, Hashable, CaseIterable, Comparable {
    case draft4, draft6, draft7, draft2019, draft2020

    /// The URI of its meta-schema, without a fragment.
    public var uri: String {
        switch self {
        case .draft4: "http://json-schema.org/draft-04/schema"
        case .draft6: "http://json-schema.org/draft-06/schema"
        case .draft7: "http://json-schema.org/draft-07/schema"
        case .draft2019: "https://json-schema.org/draft/2019-09/schema"
        case .draft2020: "https://json-schema.org/draft/2020-12/schema"
        }
    }

    /// The draft whose meta-schema has this URI, with or without an empty fragment.
    public init?(uri: String) {
        let plain = uri.hasSuffix("#") ? String(uri.dropLast()) : uri
        guard let draft = Self.allCases.first(where: { $0.uri == plain }) else { return nil }
        self = draft
    }

    public static func < (one: SchemaDraft, other: SchemaDraft) -> Bool { one.rawValue < other.rawValue }
}
