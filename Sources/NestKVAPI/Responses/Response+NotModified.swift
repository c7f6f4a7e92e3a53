import MicroHTTP

extension Response {
    /// The 304 response in place of this one. It keeps the body for its length; the body is never sent (RFC 9110 §8.6).
    var notModified: Response {
        var response = materialised
        response.status = 304
        return response
    }
}
