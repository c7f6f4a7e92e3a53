import MicroJSON
import TestSupport

/// One sequence of operations on an entry point of its own, with the reference beside it.
struct ModelRun {
    typealias Path = ReferenceTree.Path

    let client: HTTPClient
    private let entryPoint: String
    var tree = ReferenceTree()
    /// The state after each operation, by the store's revision then.
    var past: [(revision: String, value: JSONValue?)] = []
    var seenTags: [View: [(state: String, tag: String)]] = [:]

    struct View: Hashable {
        let path: Path
        let isLeafOnly: Bool
    }

    /// A difference between the service and the reference.
    struct Difference: Error { let message: String }

    init(_ client: HTTPClient, entryPoint: String) {
        self.client = client
        self.entryPoint = entryPoint
    }

    /// Runs operations; gives the first difference, or nil.
    static func difference(
        _ operations: [ModelOperation], _ client: HTTPClient, entryPoint: String
    ) async throws -> String? {
        var run = ModelRun(client, entryPoint: entryPoint)
        for (index, operation) in operations.enumerated() {
            do {
                try await run.perform(operation)
                try await run.checkAll()
            } catch let difference as Difference {
                return "operation \(index + 1), \(operation): \(difference.message)"
            }
        }
        return nil
    }

    private mutating func perform(_ operation: ModelOperation) async throws {
        switch operation {
        case .put(let path, let text, let form, let condition):
            let isLeafOnly = form == .leaf
            let existed = tree.value(at: path, isLeafOnly: isLeafOnly) != nil
            let request = HTTPRequest("PUT", target(path, form.query), body: Array(text.utf8))
            guard try await sendWrite(request, path, isLeafOnly, condition, 200, existed ? 200 : 201) != nil else {
                return
            }
            switch form {
            case .whole: tree.put(json(text), at: path)
            case .leaf: tree.set(path, json(text))
            case .flatten(let depth): tree.put(flattening: json(text), depth: depth ?? .max, at: path)
            }
        case .merge(let path, let text, let isLeafOnly, let condition):
            let before = tree.value(at: path, isLeafOnly: isLeafOnly)
            let target = (before ?? .null).mergePatched(with: json(text))
            try await patch("merge-patch", path, text, isLeafOnly, condition, before == nil ? 201 : 200, target)
        case .patch(let path, let text, let condition):
            let (status, target) = Self.outcome(of: text, on: tree.value(at: path))
            try await patch("json-patch", path, text, false, condition, status, target)
        case .delete(let path, let isLeafOnly, let condition):
            let existed = tree.value(at: path, isLeafOnly: isLeafOnly) != nil
            let request = HTTPRequest("DELETE", target(path, isLeafOnly ? "?leaf" : ""))
            guard try await sendWrite(request, path, isLeafOnly, condition, 204, existed ? 204 : 404) != nil else {
                return
            }
            if isLeafOnly { tree.set(path, nil) } else { tree.delete(path) }
        case .append(let path, let text):
            let reply = try await client.send("POST", target(path), body: text)
            let location = reply["Location"] ?? ""
            guard reply.status == 201, location.hasPrefix(target(path) + "/"),
                let name = location.split(separator: "/").last
            else { throw Difference(message: "answered \(reply.status), Location '\(location)'") }
            tree.set(path + [String(name)], json(text))
        case .read(let path, let isLeafOnly): try await checkRead(path, isLeafOnly)
        case .readVersion(let path, let number): try await checkVersion(path, number)
        }
    }

    private static func outcome(of text: String, on value: JSONValue?) -> (status: Int, target: JSONValue?) {
        guard let value else { return (404, nil) }
        do throws(JSONPatchError) {
            return (200, try JSONPatch(json(text)).apply(to: value))
        } catch {
            return (error.kind == .testFailed ? 409 : error.kind == .malformed ? 400 : 422, nil)
        }
    }

    /// Sends a write with its condition; nil if it was refused as expected.
    private mutating func sendWrite(
        _ request: HTTPRequest, _ path: Path, _ isLeafOnly: Bool, _ condition: ModelCondition, _ success: Int,
        _ status: Int
    ) async throws -> Reply? {
        var request = request
        let holds = try await add(condition, to: &request, View(path: path, isLeafOnly: isLeafOnly))
        let expected = holds ? status : 412
        let reply = try await client.send(request)
        guard reply.status == expected else {
            throw Difference(message: "answered \(reply.status), not \(expected): \(reply.text.prefix(300))")
        }
        return reply.status < 300 ? reply : nil
    }

    /// Adds the header of a condition, and says whether it holds.
    private mutating func add(
        _ condition: ModelCondition, to request: inout HTTPRequest, _ view: View
    ) async throws -> Bool {
        let value = tree.value(at: view.path, isLeafOnly: view.isLeafOnly)
        switch condition {
        case .none: return true
        case .ifMatchAny:
            request.headers.append(("If-Match", "*"))
            return value != nil
        case .ifNoneMatchAny:
            request.headers.append(("If-None-Match", "*"))
            return value == nil
        case .version(let number):
            request.headers.append(("Nestkv-If-Version", String(number)))
            if number == 0 { return value == nil }
            return value != nil && tree.version(at: view.path, isLeafOnly: view.isLeafOnly) == number
        case .current:
            try await checkRead(view.path, view.isLeafOnly)
            return addTag(0, to: &request, view)
        case .seen(let count): return addTag(count, to: &request, view)
        }
    }

    private func addTag(_ count: Int, to request: inout HTTPRequest, _ view: View) -> Bool {
        guard let seen = seenTags[view], seen.count > count else { return true }
        let (state, tag) = seen[seen.count - 1 - count]
        request.headers.append(("If-Match", tag))
        return tree.value(at: view.path, isLeafOnly: view.isLeafOnly) != nil
            && state == tree.state(of: view.path, isLeafOnly: view.isLeafOnly)
    }

    // MARK: - Patches

    /// A patch defines the value afterwards, but not in which leaves it is stored. So the reference takes
    /// those over from the service, when they make up the value, and what the patch didn't touch stayed as it was.
    private mutating func patch(
        _ kind: String, _ path: Path, _ text: String, _ isLeafOnly: Bool, _ condition: ModelCondition, _ status: Int,
        _ target: JSONValue?
    ) async throws {
        var request = HTTPRequest("PATCH", self.target(path, isLeafOnly ? "?leaf" : ""), body: Array(text.utf8))
        request.headers = [("Content-Type", "application/\(kind)+json")]
        guard try await sendWrite(request, path, isLeafOnly, condition, 200, status) != nil, let target else { return }
        if isLeafOnly { return tree.set(path, target) }
        let before = tree
        let ancestors = (0..<path.count).map { Array(path[..<$0]) }
        for leaf in Set(ancestors + before.below(path) + Self.memberPaths(target, at: path)) {
            try await takeOver(leaf)
        }
        guard tree.value(at: path) == target else {
            throw Difference(message: "the leaves are \(tree.leaves), which don't make up \(target.text)")
        }
        let members = Set(Self.memberPaths(target, at: path))
        for leaf in before.below(path) where members.contains(leaf) && before.value(at: leaf) == tree.value(at: leaf) {
            guard before.leaves[leaf] == tree.leaves[leaf],
                before.version(at: leaf, isLeafOnly: true) == tree.version(at: leaf, isLeafOnly: true)
            else { throw Difference(message: "the leaf \(leaf) was rewritten, though its value is the same") }
        }
        let parts = before.parts(of: path)
        guard let owner = parts.last?.leaf ?? before.below(path).first else { return }
        guard before.versions != tree.versions || parts.isEmpty else {
            throw Difference(message: "no leaf got a new version, not even \(owner)")
        }
    }

    private mutating func takeOver(_ leaf: Path) async throws {
        let reply = try await client.send("GET", target(leaf, "?leaf"))
        let value = reply.status == 404 ? nil : try reply.json()
        let known = tree.versions[leaf]?.count ?? 0
        let version = reply["Nestkv-Version"].flatMap { Int($0) } ?? known
        if let value, version == known + 1 { return tree.set(leaf, value) }
        if value == nil, tree.leaves[leaf] != nil { return tree.set(leaf, nil) }
        guard tree.leaves[leaf] == value, version == known else {
            throw Difference(message: "\(leaf) is \(reply.text) in version \(version), after \(known)")
        }
    }

    /// The paths of all members, arrays not entered: every path at which a leaf can be stored.
    private static func memberPaths(_ value: JSONValue, at path: Path) -> [Path] {
        guard case .object(let members) = value else { return [path] }
        return members.reduce([path]) {
            $0 + memberPaths($1.value, at: path + [String(decoding: $1.name, as: UTF8.self)])
        }
    }

    func target(_ path: Path, _ query: String = "") -> String {
        "/" + ([entryPoint] + path).joined(separator: "/") + query
    }
}

extension ModelOperation.PutForm {
    fileprivate var query: String {
        switch self {
        case .whole: ""
        case .leaf: "?leaf"
        case .flatten(let depth): "?flatten" + (depth.map { "=\($0)" } ?? "")
        }
    }
}
