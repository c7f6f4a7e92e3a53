import MicroJSON

extension Compiler {
    /// The keywords for objects.
    mutating func compileObject(_ subschema: inout Subschema) throws(SchemaProblem) {
        var plan = ObjectPlan()
        try compileProperties(&plan, subschema)
        try compilePatterns(&plan, subschema)
        try compileDependencies(&plan, &subschema)
        plan.minimum = try count("minProperties", subschema) ?? 0
        plan.maximum = try count("maxProperties", subschema) ?? Int.max
        if let value = subschema.applicator("additionalProperties") {
            plan.additional = try child(value, "additionalProperties", of: subschema)
        }
        if let value = subschema.applicator("propertyNames", from: .draft6) {
            plan.names = try child(value, "propertyNames", of: subschema)
        }
        if let value = subschema.applicator("unevaluatedProperties", from: .draft2019) {
            plan.unevaluated = try child(value, "unevaluatedProperties", of: subschema)
        }
        guard plan != ObjectPlan() else { return }
        subschema.object = Int32(draft.objects.count)
        draft.objects.append(plan)
    }

    /// The members of a keyword's value, which must be an object; empty if the subschema doesn't have the keyword.
    private func members(_ value: JSONValue?, _ keyword: String, _ subschema: Subschema) throws(SchemaProblem)
        -> JSONObject
    {
        guard let value else { return JSONObject() }
        guard case .object(let object) = value else {
            throw problem(subschema.place, keyword, "'\(keyword)' must be an object.")
        }
        return object
    }

    /// The names in a keyword's value, which must be an array of strings.
    private func names(_ value: JSONValue, _ keyword: String, _ subschema: Subschema) throws(SchemaProblem)
        -> [[UInt8]]
    {
        let error = problem(subschema.place, keyword, "'\(keyword)' must be an array of names.")
        guard case .array(let elements) = value else { throw error }
        var names: [[UInt8]] = []
        for element in elements {
            guard case .scalar(let text) = element, let name = text.stringContent else { throw error }
            names.append(name)
        }
        return names
    }

    /// `properties` and `required`, in one table.
    private mutating func compileProperties(_ plan: inout ObjectPlan, _ subschema: Subschema) throws(SchemaProblem) {
        var properties: [Property] = []
        var places: [[UInt8]: Int] = [:]
        for member in try members(subschema.applicator("properties"), "properties", subschema) {
            places[member.name] = properties.count
            properties.append(property(member.name))
            properties[properties.count - 1].node = try child(
                member.value, "properties/" + member.token, of: subschema)
        }
        var more: [Int32] = []
        // In draft 3, `required` was true or false in the property; drafts from 4 on refuse that.
        if let value = subschema.assertion("required") {
            let names = Set(try names(value, "required", subschema)).sorted { $0.lexicographicallyPrecedes($1) }
            for (index, name) in names.enumerated() {
                guard index < 64 else {
                    more.append(self.name(name))
                    continue
                }
                let place = places[name] ?? properties.count
                if place == properties.count { properties.append(property(name)) }
                properties[place].required = 1 << UInt64(index)
                plan.required |= 1 << UInt64(index)
            }
        }
        if !more.isEmpty { plan.moreRequired = list(more) }
        guard !properties.isEmpty else { return }
        plan.properties = Span32(start: Int32(draft.properties.count), count: Int32(properties.count))
        draft.properties.append(contentsOf: properties)
        if properties.count > 8 { plan.buckets = buckets(of: properties) }
    }

    private mutating func property(_ name: [UInt8]) -> Property {
        let place = bytes(name)
        let prefix = name.withUnsafeBufferPointer { NamePrefix.of($0) }
        return Property(prefix: prefix, start: place.start, count: place.count)
    }

    /// A table of hashes that is at most half full.
    private mutating func buckets(of properties: [Property]) -> Span32 {
        var size = 16
        while size < properties.count * 2 { size *= 2 }
        var table = [Int32](repeating: -1, count: size)
        for (index, property) in properties.enumerated() {
            var slot = NamePrefix.slot(property.prefix, Int(property.count), mask: size - 1)
            while table[slot] >= 0 { slot = (slot + 1) & (size - 1) }
            table[slot] = Int32(index)
        }
        let start = draft.buckets.count
        draft.buckets.append(contentsOf: table)
        return Span32(start: Int32(start), count: Int32(size))
    }

    private mutating func compilePatterns(_ plan: inout ObjectPlan, _ subschema: Subschema) throws(SchemaProblem) {
        let start = draft.namePatterns.count
        for member in try members(subschema.applicator("patternProperties"), "patternProperties", subschema) {
            let source = String(decoding: member.name, as: UTF8.self)
            let pattern = try pattern(source, "patternProperties/" + member.token, subschema)
            let node = try child(member.value, "patternProperties/" + member.token, of: subschema)
            draft.namePatterns.append(NamePattern(pattern: pattern, node: node))
        }
        guard draft.namePatterns.count > start else { return }
        plan.patterns = Span32(start: Int32(start), count: Int32(draft.namePatterns.count - start))
    }

    private mutating func compileDependencies(
        _ plan: inout ObjectPlan, _ subschema: inout Subschema
    ) throws(SchemaProblem) {
        let start = draft.dependencies.count
        let required = subschema.assertion("dependentRequired", from: .draft2019)
        for member in try members(required, "dependentRequired", subschema) {
            try appendRequired(member, "dependentRequired", subschema)
        }
        let schemas = subschema.applicator("dependentSchemas", from: .draft2019)
        for member in try members(schemas, "dependentSchemas", subschema) {
            let node = try inPlaceChild(member.value, "dependentSchemas/" + member.token, of: &subschema)
            draft.dependencies.append(Dependency(trigger: name(member.name), node: node))
        }
        for member in try members(subschema.applicator("dependencies"), "dependencies", subschema) {
            if case .array = member.value {
                try appendRequired(member, "dependencies", subschema)
            } else {
                let node = try inPlaceChild(member.value, "dependencies/" + member.token, of: &subschema)
                draft.dependencies.append(Dependency(trigger: name(member.name), node: node, isOld: true))
            }
        }
        guard draft.dependencies.count > start else { return }
        plan.dependencies = Span32(start: Int32(start), count: Int32(draft.dependencies.count - start))
    }

    private mutating func appendRequired(
        _ member: JSONObject.Member, _ keyword: String, _ subschema: Subschema
    ) throws(SchemaProblem) {
        let trigger = name(member.name)
        for required in try names(member.value, "\(keyword)/\(member.token)", subschema) {
            draft.dependencies.append(
                Dependency(trigger: trigger, required: name(required), isOld: keyword == "dependencies"))
        }
    }

    /// Adds a name to look for in objects.
    private mutating func name(_ name: [UInt8]) -> Int32 {
        draft.names.append(bytes(name))
        return Int32(draft.names.count - 1)
    }
}
