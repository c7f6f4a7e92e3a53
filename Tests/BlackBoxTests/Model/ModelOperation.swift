import MicroJSON
import TestSupport

/// One request of a model test, as pure data, so that a failing sequence can be shrunk and run again.
enum ModelOperation: Sendable, CustomStringConvertible {
    typealias Path = ReferenceTree.Path

    case put(Path, String, PutForm, ModelCondition)
    case merge(Path, String, isLeafOnly: Bool, ModelCondition)
    case patch(Path, String, ModelCondition)
    case delete(Path, isLeafOnly: Bool, ModelCondition)
    case append(Path, String)
    case read(Path, isLeafOnly: Bool)
    case readVersion(Path, Int)

    enum PutForm: Sendable, Equatable {
        case whole, leaf
        case flatten(Int?)
    }

    var description: String {
        switch self {
        case .put(let path, let value, let form, let condition):
            "PUT /\(path.joined(separator: "/"))\(form == .whole ? "" : " \(form)") \(value)\(condition)"
        case .merge(let path, let patch, let isLeafOnly, let condition):
            "MERGE /\(path.joined(separator: "/"))\(isLeafOnly ? "?leaf" : "") \(patch)\(condition)"
        case .patch(let path, let patch, let condition): "PATCH /\(path.joined(separator: "/")) \(patch)\(condition)"
        case .delete(let path, let isLeafOnly, let condition):
            "DELETE /\(path.joined(separator: "/"))\(isLeafOnly ? "?leaf" : "")\(condition)"
        case .append(let path, let value): "POST /\(path.joined(separator: "/")) \(value)"
        case .read(let path, let isLeafOnly): "GET /\(path.joined(separator: "/"))\(isLeafOnly ? "?leaf" : "")"
        case .readVersion(let path, let version): "GET /\(path.joined(separator: "/"))?version=\(version)"
        }
    }
}

/// A condition on a write.
enum ModelCondition: Sendable, CustomStringConvertible {
    case none
    /// `If-Match` with the path's ETag of now.
    case current
    /// `If-Match` with an earlier ETag of the path: the n-th last one, if there are as many.
    case seen(Int)
    case ifMatchAny
    case ifNoneMatchAny
    case version(Int)

    var description: String {
        if case .none = self { "" } else { " if \(self.name)" }
    }

    private var name: String {
        switch self {
        case .none: ""
        case .current: "current"
        case .seen(let count): "seen(\(count))"
        case .ifMatchAny: "there"
        case .ifNoneMatchAny: "absent"
        case .version(let number): "version \(number)"
        }
    }
}

/// Makes operations on a few paths with a few small values, so that they get in each other's way often.
struct OperationSource {
    private var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(seed: seed) }

    mutating func sequence(_ count: Int) -> [ModelOperation] { (0..<count).map { _ in operation() } }

    private mutating func operation() -> ModelOperation {
        let path = path()
        switch random.below(20) {
        case 0..<5: return .put(path, value(), .whole, condition())
        case 5..<8: return .put(path, value(), .leaf, condition())
        case 8:
            return .put(path, object(depth: 0), .flatten(random.below(2) == 0 ? nil : 1 + random.below(2)), condition())
        case 9..<12:
            return .merge(
                path, random.below(8) == 0 ? value() : object(depth: 1), isLeafOnly: random.below(5) == 0, condition())
        case 12..<14: return .patch(path, patch(), condition())
        case 14..<17: return .delete(path, isLeafOnly: random.below(3) == 0, condition())
        case 17: return .append(path, value())
        case 18: return .read(path, isLeafOnly: random.below(2) == 0)
        default: return .readVersion(path, 1 + random.below(5))
        }
    }

    private mutating func path() -> [String] {
        (0..<random.below(4)).map { _ in random.below(16) == 0 ? "_value" : name() }
    }

    private mutating func name() -> String { random.pick(["a", "a", "b", "0", "1"]) }

    private mutating func condition() -> ModelCondition {
        switch random.below(12) {
        case 0: .current
        case 1: .seen(random.below(3))
        case 2: random.below(2) == 0 ? .ifMatchAny : .ifNoneMatchAny
        case 3: .version(random.below(4))
        default: .none
        }
    }

    private mutating func value(depth: Int = 0) -> String {
        switch random.below(depth > 2 ? 4 : 8) {
        case 0: random.pick(["1", "2.0", "-0"])
        case 1: "\"s\""
        case 2: random.pick(["null", "true"])
        case 3: random.pick(["{}", "[]"])
        case 4, 5: "[" + (0..<random.below(4)).map { _ in value(depth: depth + 1) }.joined(separator: ",") + "]"
        default: object(depth: depth)
        }
    }

    private mutating func object(depth: Int) -> String {
        var names: Set<String> = []
        for _ in 0..<random.below(4) { names.insert(random.below(8) == 0 ? "_value" : name()) }
        return "{" + names.sorted().map { "\"\($0)\":\(value(depth: depth + 1))" }.joined(separator: ",") + "}"
    }

    private mutating func patch() -> String {
        "[" + (0...random.below(3)).map { _ in patchOperation() }.joined(separator: ",") + "]"
    }

    private mutating func patchOperation() -> String {
        let target = pointer()
        switch random.below(8) {
        case 0..<3: return #"{"op":"add","path":"\#(target)","value":\#(value(depth: 1))}"#
        case 3: return #"{"op":"replace","path":"\#(target)","value":\#(value(depth: 1))}"#
        case 4, 5: return #"{"op":"remove","path":"\#(target)"}"#
        case 6: return #"{"op":"copy","from":"\#(pointer())","path":"\#(target)"}"#
        default: return #"{"op":"test","path":"\#(target)","value":1}"#
        }
    }

    private mutating func pointer() -> String {
        (0...random.below(2)).map { _ in "/" + (random.below(6) == 0 ? "-" : name()) }.joined()
    }
}
