import MicroJSON

extension Step {
    /// The step that turns this one back.
    func reversed() throws(MigrationProblem) -> Step {
        Step(place: place, action: try reversedAction())
    }

    private func reversedAction() throws(MigrationProblem) -> Action {
        switch action {
        case .rename(let way, let name):
            return .rename(way.replacingLast(with: name), to: way.name)
        case .move(let way, let destination, _):
            let source = Destination(description: way.description, tokens: way.rest)
            return .move(way.leading(to: destination), to: source, prunes: destination.makesObjects)
        case .copy(let way, let destination):
            return .remove(way.leading(to: destination), prunes: destination.makesObjects)
        case .standard(let way, _): return .remove(way, prunes: false)
        case .wrap(let way): return .first(way)
        case .first(let way): return .wrap(way)
        case .split(let way, let separator): return .join(way, by: separator)
        case .join(let way, let separator): return .split(way, by: separator)
        case .map(let way, let map):
            guard let inverse = map.inverse else {
                throw irreversible("two values become the same one, so it can't be told which one it was")
            }
            return .map(way, inverse)
        case .convert(let way, let source, let target):
            guard let source else { throw irreversible("it doesn't say of which type the value was; add 'from'") }
            return .convert(way, from: target, to: source)
        case .when(let way, let condition, let then, let otherwise):
            let changed = (then + otherwise).flatMap(\.changedPaths)
            if changed.contains(where: { condition.depends(on: $0, at: way) }) {
                throw irreversible("its steps change what the condition is about")
            }
            return .when(
                way, condition, then: try Self.reversed(then), otherwise: try Self.reversed(otherwise))
        case .remove: throw irreversible("the value is lost")
        case .set: throw irreversible("what was there before is lost")
        case .patch: throw irreversible("a JSON Patch is not turned")
        }
    }

    /// The steps that turn steps back, from the last to the first.
    static func reversed(_ steps: [Step]) throws(MigrationProblem) -> [Step] {
        var turned: [Step] = []
        for step in steps.reversed() { turned.append(try step.reversed()) }
        return turned
    }

    private func irreversible(_ reason: String) -> MigrationProblem {
        MigrationProblem(location: place, detail: "This step can't be turned back: \(reason).")
    }

    /// The paths of the values that the step may change, with `*` as tokens of their own.
    private var changedPaths: [[[UInt8]]] {
        switch action {
        case .rename(let way, let name): [way.tokens, way.replacingLast(with: name).tokens]
        case .move(let way, let destination, let prunes):
            [way.changed(isWhole: prunes), way.leading(to: destination).changed(isWhole: destination.makesObjects)]
        case .copy(let way, let destination):
            [way.leading(to: destination).changed(isWhole: destination.makesObjects)]
        case .remove(let way, let prunes): [way.changed(isWhole: prunes)]
        case .standard(let way, _), .set(let way, _), .wrap(let way), .first(let way), .map(let way, _),
            .convert(let way, _, _), .split(let way, _), .join(let way, _), .patch(let way, _, _):
            [way.tokens]
        case .when(_, _, let then, let otherwise): (then + otherwise).flatMap(\.changedPaths)
        }
    }
}

extension Condition {
    /// Whether a change at a path may change what the condition says.
    fileprivate func depends(on path: [[UInt8]], at way: Way) -> Bool {
        let star = Array("*".utf8)
        let own = way.tokens
        guard zip(own, path).allSatisfy({ $0 == $1 || $0 == star || $1 == star }) else { return false }
        // What is inside of a value changes neither its type nor that it exists.
        if case .equals = self { return true }
        return path.count <= own.count
    }
}

extension Way {
    /// The tokens of the pointer, `*` included.
    fileprivate var tokens: [[UInt8]] { JSONPointer(description)?.tokens ?? [] }

    /// The path of what a step changes. If objects on the way may come or go, it is that of the outermost one.
    fileprivate func changed(isWhole: Bool) -> [[UInt8]] { isWhole ? tokens.dropLast(rest.count - 1) : tokens }

    /// The way to a member beside the one that this way leads to.
    fileprivate func replacingLast(with name: [UInt8]) -> Way {
        leading(to: Array(rest.dropLast()) + [name], description: tokens.dropLast() + [name])
    }

    /// The way to where a value is moved.
    fileprivate func leading(to destination: Destination) -> Way {
        Way(description: destination.description, segments: segments.dropLast() + [destination.tokens])
    }

    private func leading(to rest: [[UInt8]], description: [[UInt8]]) -> Way {
        Way(description: JSONPointer(tokens: description).description, segments: segments.dropLast() + [rest])
    }
}
