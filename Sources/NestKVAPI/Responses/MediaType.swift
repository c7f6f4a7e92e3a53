/// The media types of responses, besides ``EventStreamText/mediaType``.
enum MediaType {
    static let json = "application/json"
    static let problem = "application/problem+json"
}
