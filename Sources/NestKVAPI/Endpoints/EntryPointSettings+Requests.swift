import MicroHTTP
import MicroJSON
import MicroText
import NestKVCore
import NestKVStorage

/// The settings of an entry point as clients write and read them.
extension Call {
    /// The response with the settings.
    ///
    /// - Parameter record: the leaf with the settings, if it exists.
    func entryPointResponse(_ name: [UInt8], _ record: Record?) throws -> Response {
        let settings = record.map { EntryPointSettings($0.value) } ?? EntryPointSettings()
        var response = try json { writer in
            writer.member("name", utf8: name)
            write(historyAndLifetimeOf: settings, to: &writer)
            writer.member("maxValueSize", settings.valueBytes ?? store.limits.valueBytes)
            writer.member("replicas", settings.replicas ?? store.capabilities.replicas)
            writer.member("casRequired", settings.requiresPrecondition)
            writer.member("description", settings.description)
        }
        if let record {
            response.add(.eTag, record.etag.description)
            response.add(.version, String(record.version))
        }
        return response
    }

    /// Writes the members that an entry point's health has as well.
    func write(historyAndLifetimeOf settings: EntryPointSettings?, to writer: inout JSONWriter) {
        writer.member("history", settings?.historyDepth ?? store.capabilities.historyDepth)
        writer.member("ttl", settings?.lifetime?.text)
    }

    /// The settings in the body, checked.
    func entryPointSettings() throws -> JSONText {
        let body = request.body.isEmpty ? JSONText.emptyObject : try jsonBody()
        guard case .object(let members) = JSONValue(body) else {
            throw Problem(.invalidJSON, "The body must be an object with settings.")
        }
        for member in members {
            let name = String(decoding: member.name, as: UTF8.self)
            try check(name, in: members)
        }
        return body
    }

    /// Refuses a setting that doesn't exist or has an invalid value.
    private func check(_ name: String, in members: JSONObject) throws(Problem) {
        switch name {
        case "history":
            _ = try members.read(name, .number(in: 0...store.capabilities.historyDepth), from: .number, .null)
        case "maxValueSize": _ = try members.read(name, .number(in: 1...store.limits.valueBytes), from: .number, .null)
        case "replicas":
            _ = try members.read(name, .number(in: 1...store.capabilities.replicasMax), from: .number, .null)
        case "ttl": _ = try members.read(name, .duration(), from: .string, .number, .null)
        case "casRequired": _ = try members.read(name, .boolean, from: .boolean, .null)
        case "description": _ = try members.read(name, .description, from: .string, .null)
        default:
            let known = EntryPointSettings.names.joined(separator: ", ")
            throw Problem(.invalidJSON, "There is no setting '\(name)'. Known settings: \(known).")
        }
    }
}
