import MicroHTTP
import MicroJSON
import NestKVCore
import NestKVStorage

extension Route {
    /// `GET /_capabilities`: returns the store's abilities and guarantees, and all limits.
    static let capabilities = Route(.get, "/_capabilities", needs: .read, parameters: ["pretty"]) { call in
        try call.json { writer in
            writer.array("stores", of: [call.store.capabilities]) { writer, capabilities in
                writer.object { capabilities.write(to: &$0) }
            }
            writer.object("limits") { writer in
                for (name, value) in call.limits {
                    writer.name(utf8: name.utf8)
                    writer.integer(value)
                }
            }
        }
    }
}

extension Call {
    /// All limits, with their names.
    fileprivate var limits: [(name: String, value: Int)] {
        let limits = store.limits
        return [
            ("keySegments", limits.keys.segments), ("keyBytes", limits.keys.bytes),
            ("valueBytes", limits.valueBytes), ("valueDepth", limits.valueDepth),
            ("exponentDigits", JSONLimits.exponentDigits),
            ("composedBytes", limits.composedBytes), ("leavesPerRequest", limits.leaves),
            ("operations", api.operationsLimit), ("batchBytes", api.batchBytes),
            ("keysPerPage", KeyQuery.mostKeys), ("leavesPerPage", KeyQuery.mostExamined),
            ("entryBytesPerPage", KeyQuery.mostBytes),
            ("patternBytes", Glob.mostBytes), ("payloadPaths", Payload.mostPaths),
            ("schemaBytes", api.schemas.options.limits.maximumBytes),
            ("schemaSteps", api.schemas.options.limits.maximumSteps),
            ("schemaPatternSteps", api.schemas.options.limits.maximumPatternSteps),
            ("schemaErrors", api.schemas.errorLimit), ("schemaMigrateRate", api.migrations.rate),
        ] + api.service.httpLimits
    }
}

extension DriverCapabilities {
    /// Writes the members. The caller begins and ends the object.
    fileprivate func write(to writer: inout JSONWriter) {
        writer.member("driver", driver)
        writer.member("durability", durability.rawValue)
        writer.member("atomicity", atomicity.rawValue)
        writer.limit("leavesPerCommit", leavesPerCommit)
        writer.member("shared", isShared)
        writer.member("historyDepth", historyDepth)
        writer.object("feedRetention") { writer in
            writer.limit("changes", feedRetention.count)
            writer.limit("bytes", feedRetention.bytes)
            writer.limit("seconds", Int(feedRetention.age.components.seconds))
        }
        guard !exceptions.isEmpty else { return }
        writer.array("exceptions", of: exceptions) { writer, exception in
            writer.object { writer in
                writer.member("entryPoint", utf8: exception.name)
                writer.member("atomicity", exception.atomicity.rawValue)
                writer.member("slowReads", exception.isReadSlowly)
            }
        }
    }
}

extension JSONWriter {
    /// Writes a limit, or `null` for no limit.
    fileprivate mutating func limit(_ name: StaticString, _ limit: Int?) {
        member(name, (limit ?? .max) < .max ? limit : nil)
    }
}
