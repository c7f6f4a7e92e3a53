/// A compiled schema: flat tables that never change.
final class Program: @unchecked Sendable {
    // @unchecked Sendable because nothing changes after `init`.
    let tables: Tables
    /// The nodes, for what goes over all of them.
    let nodes: [Node]
    /// The places of the nodes in their documents, as JSON pointers behind a URI, for messages.
    let locations: [String]
    let patternSources: [String]
    let patterns: [Pattern]
    let formats: [Format]
    private let bytes: UnsafeMutableBufferPointer<UInt8>

    /// The tables, to read without counting references. They are valid as long as their program.
    struct Tables: BitwiseCopyable {
        let nodes: UnsafePointer<Node>
        let instructions: UnsafePointer<Instruction>
        let lists: UnsafePointer<Int32>
        let constants: UnsafePointer<Constant>
        let properties: UnsafePointer<Property>
        let buckets: UnsafePointer<Int32>
        let objects: UnsafePointer<ObjectPlan>
        let arrays: UnsafePointer<ArrayPlan>
        let namePatterns: UnsafePointer<NamePattern>
        let dependencies: UnsafePointer<Dependency>
        /// Names that are looked for in objects.
        let names: UnsafePointer<Span32>
        let codes: UnsafePointer<OpaquePointer>
        let formats: UnsafePointer<Format>
        /// For each dynamic anchor and resource, the node; below zero if the resource doesn't have the anchor.
        let anchors: UnsafePointer<Int32>
        let resourceCount: Int
        /// Whether some reference depends on the scopes that were entered.
        let isDynamic: Bool
        let bytes: Bytes
        let root: Int32
    }

    /// The tables as they grow during compilation.
    struct Draft {
        var nodes: [Node] = []
        var locations: [String] = []
        var instructions: [Instruction] = []
        var lists: [Int32] = []
        var constants: [Constant] = []
        var properties: [Property] = []
        var buckets: [Int32] = []
        var objects: [ObjectPlan] = []
        var arrays: [ArrayPlan] = []
        var namePatterns: [NamePattern] = []
        var dependencies: [Dependency] = []
        var names: [Span32] = []
        var patterns: [Pattern] = []
        var patternSources: [String] = []
        var formats: [Format] = []
        var anchors: [Int32] = []
        var resourceCount = 0
        var isDynamic = false
        var bytes: [UInt8] = []
        var root: Int32 = 0
    }

    init(_ draft: Draft) {
        nodes = draft.nodes
        locations = draft.locations
        patternSources = draft.patternSources
        patterns = draft.patterns
        formats = draft.formats
        bytes = .allocate(capacity: max(draft.bytes.count, 1))
        _ = bytes.initialize(from: draft.bytes)
        tables = Tables(
            nodes: Self.copy(draft.nodes), instructions: Self.copy(draft.instructions), lists: Self.copy(draft.lists),
            constants: Self.copy(draft.constants), properties: Self.copy(draft.properties),
            buckets: Self.copy(draft.buckets), objects: Self.copy(draft.objects), arrays: Self.copy(draft.arrays),
            namePatterns: Self.copy(draft.namePatterns), dependencies: Self.copy(draft.dependencies),
            names: Self.copy(draft.names), codes: Self.copy(draft.patterns.map(\.reference)),
            formats: Self.copy(draft.formats), anchors: Self.copy(draft.anchors), resourceCount: draft.resourceCount,
            isDynamic: draft.isDynamic,
            bytes: Bytes(base: UnsafePointer(bytes.baseAddress!), count: draft.bytes.count), root: draft.root)
    }

    deinit {
        tables.nodes.deallocate()
        tables.instructions.deallocate()
        tables.lists.deallocate()
        tables.constants.deallocate()
        tables.properties.deallocate()
        tables.buckets.deallocate()
        tables.objects.deallocate()
        tables.arrays.deallocate()
        tables.namePatterns.deallocate()
        tables.dependencies.deallocate()
        tables.names.deallocate()
        tables.codes.deallocate()
        tables.formats.deallocate()
        tables.anchors.deallocate()
        bytes.deallocate()
    }

    private static func copy<Element: BitwiseCopyable>(_ elements: [Element]) -> UnsafePointer<Element> {
        let copy = UnsafeMutablePointer<Element>.allocate(capacity: max(elements.count, 1))
        copy.initialize(from: elements, count: elements.count)
        return UnsafePointer(copy)
    }
}
