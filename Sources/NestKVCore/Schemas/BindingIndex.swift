import NestKVStorage

/// A binding and the schema that it leads to.
struct BoundSchema: Sendable {
    let binding: SchemaBinding
    /// Nil if it is not registered.
    let expected: ExpectedSchema?

    var mode: SchemaBinding.Mode { binding.mode }
    var hash: String? { expected?.schema.hash }
    /// The schema as messages call it.
    var label: String { expected?.label ?? binding.schema.description }
}

/// All bindings by their paths.
final class BindingIndex: Sendable {
    private let named: [[UInt8]: BindingIndex]
    private let any: BindingIndex?
    private let bound: BoundSchema?

    /// No bindings.
    static let empty = BindingIndex([], at: 0)

    /// An index of bindings. Of those with the same path, the first is used.
    convenience init(_ bindings: [BoundSchema]) { self.init(bindings, at: 0) }

    private init(_ bindings: [BoundSchema], at depth: Int) {
        var groups: [[UInt8]: [BoundSchema]] = [:]
        var others: [BoundSchema] = []
        var bound: BoundSchema?
        for one in bindings {
            let segments = one.binding.match.segments
            guard depth < segments.count else {
                bound = bound ?? one
                continue
            }
            switch segments[depth] {
            case .name(let name): groups[name, default: []].append(one)
            case .any: others.append(one)
            }
        }
        self.bound = bound
        named = groups.mapValues { BindingIndex($0, at: depth + 1) }
        any = others.isEmpty ? nil : BindingIndex(others, at: depth + 1)
    }

    /// The binding of exactly this path, unless it is off.
    func binding(of path: Key) -> BoundSchema? { bindings(of: path).paths.last { $0.key == path }?.bound }

    /// Where a path is in the index.
    func position(of path: Key) -> Position {
        path.segments.reduce(Position(self)) { $0.isEmpty ? $0 : $0.entering($1) }
    }

    /// The bound paths at and above a path, the topmost first, and where those below it begin. Bindings that are off
    /// are left out.
    func bindings(of target: Key) -> Bindings {
        var paths: [(key: Key, bound: BoundSchema)] = []
        var position = Position(self)
        var end = 0
        for name in target.segments {
            position = position.entering(name)
            guard !position.isEmpty else { return Bindings(paths: paths, below: nil) }
            end += name.count + 1
            guard let bound = position.bound else { continue }
            paths.append((end == target.bytes.count ? target : Key(bytes: Array(target.bytes[..<end])), bound))
        }
        return Bindings(paths: paths, below: position.leadsOn ? position : nil)
    }

    /// The bound paths at and above a path, the topmost first.
    struct Bindings {
        let paths: [(key: Key, bound: BoundSchema)]
        /// Where the bindings of the paths below it begin; nil without any.
        let below: Position?
    }

    /// Finds the bindings of many keys. What siblings have in common is looked up once if they come together.
    struct Lookup {
        private let index: BindingIndex
        private var parent = Key.root
        /// The bindings at and above the parent.
        private var above: Bindings

        init(_ index: BindingIndex) {
            self.index = index
            above = index.bindings(of: .root)
        }

        /// See ``BindingIndex/bindings(of:)``.
        mutating func bindings(of target: Key) -> Bindings {
            let name = target.name
            let end = target.bytes.count - name.count - 1
            if parent.bytes.count != end || !parent.isAncestor(of: target) {
                parent = Key(bytes: Array(target.bytes[..<end]))
                above = index.bindings(of: parent)
            }
            guard let position = above.below?.entering(name), !position.isEmpty else {
                return Bindings(paths: above.paths, below: nil)
            }
            let below = position.leadsOn ? position : nil
            guard let bound = position.bound, bound.mode != .off else {
                return Bindings(paths: above.paths, below: below)
            }
            return Bindings(paths: above.paths + [(target, bound)], below: below)
        }
    }

    /// Where a path is in the index: all bindings whose paths begin like it.
    struct Position {
        /// The preferred one: at the first difference, a name precedes `+`. Mostly there is no other one.
        private var first: BindingIndex?
        private var others: [BindingIndex] = []

        /// The root above all entry points.
        init(_ index: BindingIndex) { first = index }

        /// Whether no binding is at or below the path.
        var isEmpty: Bool { first == nil }
        /// The binding of the path, unless it is off.
        var bound: BoundSchema? {
            let found = first?.bound ?? others.lazy.compactMap(\.bound).first
            return found?.mode == .off ? nil : found
        }
        /// Whether a binding is below the path.
        var leadsOn: Bool { first?.leadsOn ?? false || others.contains(where: \.leadsOn) }

        /// The position one segment down.
        func entering(_ name: some Collection<UInt8>) -> Position {
            var next = self
            (next.first, next.others) = (nil, [])
            if let first { next.add(below: first, name) }
            for other in others { next.add(below: other, name) }
            return next
        }

        private mutating func add(below index: BindingIndex, _ name: some Collection<UInt8>) {
            if !index.named.isEmpty, let found = index.named[Array(name)] { add(found) }
            if let found = index.any { add(found) }
        }

        private mutating func add(_ index: BindingIndex) {
            if first == nil { first = index } else { others.append(index) }
        }
    }

    private var leadsOn: Bool { any != nil || !named.isEmpty }
}
