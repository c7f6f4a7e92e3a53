import MicroJSON

extension Library {
    /// The dialect of a schema that names its meta-schema.
    mutating func dialect(of uri: String, at location: String) throws(SchemaProblem) -> Dialect {
        if let draft = SchemaDraft(uri: uri) { return Dialect(draft: draft) }
        let plain = URIReference(uri).plain
        guard pendingDialects.insert(plain).inserted else {
            throw SchemaProblem(.invalidSchema, at: location, "The meta-schema '\(uri)' is its own meta-schema.")
        }
        defer { pendingDialects.remove(plain) }
        guard let found = try resource(plain), case .object(let object) = documents[resources[found].root.document]
        else {
            let detail = """
                '$schema' is '\(uri)', which is neither the meta-schema of draft 4, 6, 7, 2019-09 or 2020-12 nor a \
                schema that is registered.
                """
            throw SchemaProblem(.unresolvableReference, at: location, detail)
        }
        var dialect = resources[found].dialect
        guard dialect.draft >= .draft2019, case .object(let vocabularies) = object["$vocabulary"] else {
            return dialect
        }
        dialect.hasApplicators = false
        dialect.hasAssertions = false
        for member in vocabularies {
            let name = String(decoding: member.name, as: UTF8.self)
            switch name.split(separator: "/").last {
            case _ where !name.hasPrefix("https://json-schema.org/draft/20"):
                guard member.value != .true else {
                    let detail = "The meta-schema '\(uri)' needs the vocabulary '\(name)', which is not known."
                    throw SchemaProblem(.invalidSchema, at: location, detail)
                }
            case "applicator": dialect.hasApplicators = true
            case "validation": dialect.hasAssertions = true
            case "format-assertion": dialect.assertsFormats = true
            case "format": dialect.assertsFormats = member.value == .true
            default: break
            }
        }
        return dialect
    }
}

/// The schemas that describe schemas, as their authors publish them.
enum MetaSchemas {
    /// The text of the one with a URI without fragment; nil if there is no such.
    static func text(of uri: String) -> JSONText? {
        guard let bytes = bytes(of: uri) else { return nil }
        return try? JSONText(parsing: bytes)
    }

    private static func bytes(of uri: String) -> [UInt8]? {
        if let draft = SchemaDraft(uri: uri) {
            switch draft {
            case .draft4: return PackageResources.draft_04_json
            case .draft6: return PackageResources.draft_06_json
            case .draft7: return PackageResources.draft_07_json
            case .draft2019: return PackageResources.draft2019_09_json
            case .draft2020: return PackageResources.draft2020_12_json
            }
        }
        let prefix = "https://json-schema.org/draft/"
        guard uri.hasPrefix(prefix) else { return nil }
        switch uri.dropFirst(prefix.count) {
        case "2019-09/meta/applicator": return PackageResources.draft2019_09_applicator_json
        case "2019-09/meta/content": return PackageResources.draft2019_09_content_json
        case "2019-09/meta/core": return PackageResources.draft2019_09_core_json
        case "2019-09/meta/format": return PackageResources.draft2019_09_format_json
        case "2019-09/meta/meta-data": return PackageResources.draft2019_09_meta_data_json
        case "2019-09/meta/validation": return PackageResources.draft2019_09_validation_json
        case "2020-12/meta/applicator": return PackageResources.draft2020_12_applicator_json
        case "2020-12/meta/content": return PackageResources.draft2020_12_content_json
        case "2020-12/meta/core": return PackageResources.draft2020_12_core_json
        case "2020-12/meta/format-annotation": return PackageResources.draft2020_12_format_annotation_json
        case "2020-12/meta/format-assertion": return PackageResources.draft2020_12_format_assertion_json
        case "2020-12/meta/meta-data": return PackageResources.draft2020_12_meta_data_json
        case "2020-12/meta/unevaluated": return PackageResources.draft2020_12_unevaluated_json
        case "2020-12/meta/validation": return PackageResources.draft2020_12_validation_json
        default: return nil
        }
    }
}

extension JSONValue {
    /// The content of a string; nil for other kinds.
    var string: String? {
        guard case .scalar(let text) = self, let content = text.stringContent else { return nil }
        return String(decoding: content, as: UTF8.self)
    }
}

extension JSONObject.Member {
    /// The name as a token of a JSON pointer.
    var token: String { String(JSONPointer(tokens: [name]).description.dropFirst()) }
}
