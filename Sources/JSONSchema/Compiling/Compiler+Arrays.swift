import MicroJSON

extension Compiler {
    /// The keywords for arrays.
    mutating func compileArray(_ subschema: inout Subschema) throws(SchemaProblem) {
        var plan = ArrayPlan()
        try compileItems(&plan, subschema)
        plan.minimum = try count("minItems", subschema) ?? 0
        plan.maximum = try count("maxItems", subschema) ?? Int.max
        plan.isUnique = subschema.assertion("uniqueItems") == .true
        if let value = subschema.applicator("contains", from: .draft6) {
            plan.contains = try child(value, "contains", of: subschema)
            plan.minimumContained = try count("minContains", from: .draft2019, subschema) ?? 1
            plan.maximumContained = try count("maxContains", from: .draft2019, subschema) ?? Int.max
            plan.containsEvaluates = subschema.draft >= .draft2020
        }
        if let value = subschema.applicator("unevaluatedItems", from: .draft2019) {
            plan.unevaluated = try child(value, "unevaluatedItems", of: subschema)
        }
        guard plan != ArrayPlan() else { return }
        subschema.array = Int32(draft.arrays.count)
        draft.arrays.append(plan)
    }

    /// The keywords for the elements. Before draft 2020-12, `items` may be a list.
    private mutating func compileItems(_ plan: inout ArrayPlan, _ subschema: Subschema) throws(SchemaProblem) {
        let isNew = subschema.draft >= .draft2020
        let items = subschema.applicator("items")
        var first = isNew ? subschema.applicator("prefixItems") : nil
        if !isNew, let items, case .array = items { first = items }
        if let first {
            let keyword = isNew ? "prefixItems" : "items"
            guard case .array(let elements) = first else {
                throw problem(subschema.place, keyword, "'\(keyword)' must be an array of schemas.")
            }
            var nodes: [Int32] = []
            for (index, element) in elements.enumerated() {
                nodes.append(try child(element, "\(keyword)/\(index)", of: subschema))
            }
            plan.prefix = list(nodes)
        }
        if !isNew, first != nil {
            if let value = subschema.applicator("additionalItems") {
                plan.items = try child(value, "additionalItems", of: subschema)
                plan.isOld = true
            }
        } else if let items {
            plan.items = try child(items, "items", of: subschema)
        }
    }
}
