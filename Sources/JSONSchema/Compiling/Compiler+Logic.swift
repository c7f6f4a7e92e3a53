import MicroJSON

extension Compiler {
    /// `allOf`, `anyOf`, `oneOf`, `not` and `if`.
    mutating func compileLogic(_ subschema: inout Subschema) throws(SchemaProblem) {
        for (keyword, operation) in [
            ("allOf", Instruction.Operation.allOf), ("anyOf", .anyOf), ("oneOf", .oneOf),
        ] {
            guard let value = subschema.applicator(keyword) else { continue }
            guard case .array(let elements) = value else {
                throw problem(subschema.place, keyword, "'\(keyword)' must be an array of schemas.")
            }
            var nodes: [Int32] = []
            for (index, element) in elements.enumerated() {
                nodes.append(try inPlaceChild(element, "\(keyword)/\(index)", of: &subschema))
            }
            let list = list(nodes)
            subschema.any.append(Instruction(operation: operation, a: list.start, b: list.count))
        }
        if let value = subschema.applicator("not") {
            let node = try inPlaceChild(value, "not", of: &subschema)
            subschema.any.append(Instruction(operation: .not, a: node))
        }
        guard let condition = subschema.applicator("if", from: .draft7) else { return }
        var instruction = Instruction(operation: .condition)
        instruction.a = try inPlaceChild(condition, "if", of: &subschema)
        instruction.b = -1
        if let value = subschema.applicator("then") { instruction.b = try inPlaceChild(value, "then", of: &subschema) }
        if let value = subschema.applicator("else") { instruction.c = try inPlaceChild(value, "else", of: &subschema) }
        subschema.any.append(instruction)
    }
}
