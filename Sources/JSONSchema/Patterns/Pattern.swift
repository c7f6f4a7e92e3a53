import CPCRE2

/// A compiled pattern. It is searched for anywhere in a text, as ECMA-262 and JSON Schema do.
final class Pattern: @unchecked Sendable {
    // @unchecked Sendable because PCRE2 never changes compiled code; what a match writes belongs to its thread.
    private let code: OpaquePointer

    /// Compiles a pattern in the syntax of ECMA-262 with the flag `u`.
    ///
    /// - Throws: What is wrong in the pattern, and where.
    init(_ source: String) throws(PatternError) {
        let translated = try PatternTranslator.translate(source)
        var error: CInt = 0
        var offset = 0
        guard let code = nestkv_pcre2_compile(translated, translated.count, &error, &offset) else {
            var message = [CChar](repeating: 0, count: 256)
            nestkv_pcre2_message(error, &message, message.count)
            let text = String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            throw PatternError(reason: "it can't be compiled: \(text)", offset: nil)
        }
        self.code = code
    }

    deinit { pcre2_code_free_8(code) }

    /// The code for ``matches(_:_:limit:)``. It lives as long as the pattern.
    var reference: OpaquePointer { code }

    /// Whether a text matches; nil if the limit on steps was reached.
    @inline(__always)
    static func matches(_ code: OpaquePointer, _ text: UnsafeBufferPointer<UInt8>, limit: UInt32) -> Bool? {
        let result = nestkv_pcre2_match(code, text.baseAddress, text.count, limit)
        return result < 0 ? nil : result == 1
    }
}

/// Why a text is not a pattern of ECMA-262.
struct PatternError: Error {
    let reason: String
    /// Where, in characters from the start.
    let offset: Int?

    /// The reason and the place, in one line.
    var detail: String { offset.map { "\(reason), at character \($0 + 1)" } ?? reason }
}
