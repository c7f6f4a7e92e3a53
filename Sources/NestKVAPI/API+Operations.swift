import MicroHTTP
import MicroJSON
import NestKVCore

extension API {
    /// Reads the list of operations in the body of `/_batch` and `/_transaction`.
    ///
    /// - Throws: a problem with the list as a whole.
    func operations(_ body: JSONObject) throws -> [Result<WriteRequest, Problem>] {
        guard case .array(let elements)? = body["operations"] else {
            throw Problem(.invalidJSON, "The body must be an object with a member 'operations', which is an array.")
        }
        try checkCount(elements.count, "operations")
        return elements.map { element in
            do {
                return .success(try OperationMembers(element, self).request())
            } catch {
                return .failure(Problem(error))
            }
        }
    }

    /// Reads the conditions in the body of `/_transaction`: `[{"path":…,"version":…}]`.
    func conditions(_ body: JSONObject) throws -> [Condition] {
        guard let conditions = body["if"] else { return [] }
        guard case .array(let elements) = conditions else {
            throw Problem(.invalidJSON, "The member 'if' must be an array of conditions.")
        }
        try checkCount(elements.count, "conditions")
        return try elements.enumerated().map { index, element in
            do {
                return try OperationMembers(element, self).condition()
            } catch {
                var problem = Problem(error)
                problem.conditionIndex = index
                throw problem
            }
        }
    }

    private func checkCount(_ count: Int, _ what: String) throws(Problem) {
        guard count > operationsLimit else { return }
        var problem = Problem(
            .tooManyOperations, "There are \(count) \(what); the limit is \(operationsLimit).")
        problem.limit = operationsLimit
        throw problem
    }
}
