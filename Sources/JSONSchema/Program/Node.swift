/// A range in one of the tables of a program.
struct Span32: BitwiseCopyable, Equatable {
    var start: Int32 = 0
    var count: Int32 = 0

    @inline(__always)
    var indices: Range<Int> { Int(start)..<(Int(start) + Int(count)) }
}

/// The kinds of value that a schema permits.
struct TypeSet: OptionSet, BitwiseCopyable {
    let rawValue: UInt8

    static let object = TypeSet(rawValue: 1)
    static let array = TypeSet(rawValue: 2)
    static let string = TypeSet(rawValue: 4)
    /// A number with a fraction.
    static let fraction = TypeSet(rawValue: 8)
    static let integer = TypeSet(rawValue: 16)
    static let boolean = TypeSet(rawValue: 32)
    static let null = TypeSet(rawValue: 64)
    /// A number that is written without a fraction and an exponent, which is what draft 4 calls an integer.
    static let spelledInteger = TypeSet(rawValue: 128)
    static let number: TypeSet = [.fraction, .integer]
    static let all: TypeSet = [.object, .array, .string, .number, .boolean, .null]

    /// The types that JSON Schema names.
    static let named: [(name: String, types: TypeSet)] = [
        ("object", .object), ("array", .array), ("string", .string), ("number", .number), ("integer", .integer),
        ("boolean", .boolean), ("null", .null),
    ]
}

/// A compiled subschema.
struct Node: BitwiseCopyable {
    /// Its own index.
    var index: Int32
    /// The schema resource that it belongs to, for dynamic references.
    var resource: Int32 = 0
    var types = TypeSet.all
    /// Whether it is the schema `false`.
    var isFalse = false
    /// What it asserts of values of any kind.
    var any = Span32()
    var numbers = Span32()
    var strings = Span32()
    /// The indices of what it asserts of objects and arrays; below zero for nothing.
    var object: Int32 = -1
    var array: Int32 = -1
}

/// An assertion about a number, a string or a value of any kind.
struct Instruction: BitwiseCopyable {
    enum Operation: UInt8 {
        // Any kind: `a` is a node or the start of a list of nodes, `b` the length of the list.
        case allOf, anyOf, oneOf, not, reference
        /// `a` is the node of `if`, `b` that of `then`, `c` that of `else`; below zero for none.
        case condition
        /// `a` is the index among the dynamic anchors, `b` the node if no scope has the anchor.
        case dynamicReference
        /// `a` is the start in the list of constants, `b` the number of constants.
        case constant, enumeration
        // Numbers: `a` is a constant.
        case minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf
        // Strings: `a` is the length, the pattern or the format.
        case minLength, maxLength, pattern, format
    }

    let operation: Operation
    var a: Int32 = 0
    var b: Int32 = 0
    var c: Int32 = -1
}

/// A value in a schema, as text.
struct Constant: BitwiseCopyable {
    /// Where its text is among the bytes of the program.
    let start: Int32
    let end: Int32
    /// The value, if it is an integer of at most 18 digits.
    var integer: Int64 = 0
    var isSmallInteger = false
    /// For an array or object, the hash of the value.
    var hash = 0
    /// For `multipleOf`, the significant digits and the exponent of the number.
    var divisor: UInt64 = 0
    var exponent: Int32 = 0
}

/// A name that an object's schema says something about.
struct Property: BitwiseCopyable {
    let prefix: UInt64
    let start: Int32
    let count: Int32
    /// The node for the member's value; below zero for none.
    var node: Int32 = -1
    /// The bit of a required name; 0 for any other.
    var required: UInt64 = 0
}

/// What a schema asserts of an object.
struct ObjectPlan: BitwiseCopyable, Equatable {
    var properties = Span32()
    /// The table of hashes, of a power of two; empty for few properties.
    var buckets = Span32()
    var patterns = Span32()
    var required: UInt64 = 0
    /// Required names beyond the first 64.
    var moreRequired = Span32()
    var dependencies = Span32()
    var minimum = 0
    var maximum = Int.max
    var additional: Int32 = -1
    var names: Int32 = -1
    var unevaluated: Int32 = -1
}

/// A pattern for names, and the node for the values of members that have such a name.
struct NamePattern: BitwiseCopyable {
    let pattern: Int32
    let node: Int32
}

/// What a member's presence asks for: another member, or a schema for the whole object.
struct Dependency: BitwiseCopyable {
    /// Indices of names.
    let trigger: Int32
    var required: Int32 = -1
    var node: Int32 = -1
    /// Whether the keyword is `dependencies`.
    var isOld = false
}

/// What a schema asserts of an array.
struct ArrayPlan: BitwiseCopyable, Equatable {
    /// A list of nodes for the first elements.
    var prefix = Span32()
    var items: Int32 = -1
    var contains: Int32 = -1
    var minimumContained = 1
    var maximumContained = Int.max
    var minimum = 0
    var maximum = Int.max
    var isUnique = false
    /// Whether an element that `contains` accepts counts as evaluated, as from draft 2020-12.
    var containsEvaluates = false
    /// Whether the keyword for the other elements is `additionalItems`.
    var isOld = false
    var unevaluated: Int32 = -1
}
