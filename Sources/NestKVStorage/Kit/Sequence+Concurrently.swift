extension Sequence where Element: Sendable {
    /// Runs a body for all elements at once, and returns the results in the order of the elements.
    ///
    /// - Throws: the error of the first element that has one, when all bodies have ended.
    public func mapConcurrently<Value: Sendable, Failure: Error>(
        _ body: @escaping @Sendable (Element) async throws(Failure) -> Value
    ) async throws(Failure) -> [Value] {
        let results = await withTaskGroup { group in
            var count = 0
            for (index, element) in enumerated() {
                group.addTask { () -> (Int, Result<Value, Failure>) in
                    do throws(Failure) {
                        return (index, .success(try await body(element)))
                    } catch {
                        return (index, .failure(error))
                    }
                }
                count += 1
            }
            var results = [Result<Value, Failure>?](repeating: nil, count: count)
            for await (index, result) in group { results[index] = result }
            return results
        }
        var values: [Value] = []
        values.reserveCapacity(results.count)
        for case let result? in results { values.append(try result.get()) }
        return values
    }
}
