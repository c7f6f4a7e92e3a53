extension Response {
    /// This response with its own status, headers and body, even if it was prepared, so that changes to them take
    /// effect.
    public var materialised: Response {
        guard let prepared else { return self }
        var response = Response(status: prepared.status, headers: prepared.headers, body: prepared.body)
        response.logFields = logFields
        response.isCurrent = isCurrent
        return response
    }
}
