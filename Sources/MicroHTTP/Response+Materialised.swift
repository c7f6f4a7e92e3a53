extension Response {
    /// This response with a status, headers and body of its own, also when it was prepared: what is set on it counts.
    public var materialised: Response {
        guard let prepared else { return self }
        var response = Response(status: prepared.status, headers: prepared.headers, body: prepared.body)
        response.logFields = logFields
        return response
    }
}
