import CMicroHTTPD
import Glibc

/// Response objects of the library that one HTTP thread uses again and again.
///
/// The library allocates three blocks for each header field, which took a tenth of a `PUT`. Most responses have the
/// same fields with values of the same lengths as an earlier one. Their texts are written into its memory, byte for
/// byte.
///
/// The library copies the fields when a response is queued, and reads the body until it is sent. A template is
/// therefore busy until its request is completed.
final class ResponseTemplates {
    /// A response object whose texts can be replaced by others of the same lengths.
    final class Template {
        let libraryResponse: OpaquePointer
        /// Whether a request is being answered with it.
        var isBusy = false
        fileprivate let shape: UInt64
        fileprivate let fields: [Field]
        private let body: UnsafeMutableBufferPointer<UInt8>

        /// A field's name, and the library's memory with its value.
        fileprivate struct Field {
            let name: String
            let value: UnsafeMutableBufferPointer<UInt8>
        }

        /// Nil if the library doesn't show all fields as they were given, in memory of their lengths.
        fileprivate init?(_ response: borrowing Response, _ shape: UInt64) {
            let body = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(1, response.body.count))
            guard
                let object = MHD_create_response_from_buffer(response.body.count, body.baseAddress, .RESPMEM_PERSISTENT)
            else {
                body.deallocate()
                return nil
            }
            LibraryResponse.add(response.headers, to: object)
            var found = FoundFields()
            _ = withUnsafeMutablePointer(to: &found) { MHD_get_response_headers(object, findField, $0) }
            let fields = response.headers.compactMap { found.take($0.name, $0.value) }
            guard fields.count == response.headers.count, found.rest.isEmpty else {
                MHD_destroy_response(object)
                body.deallocate()
                return nil
            }
            libraryResponse = object
            self.shape = shape
            self.fields = fields
            self.body = body
        }

        deinit {
            MHD_destroy_response(libraryResponse)
            body.deallocate()
        }

        /// Writes the texts of a response; false if it has other names, or values of other lengths or with control
        /// characters.
        fileprivate func fill(_ response: borrowing Response) -> Bool {
            for (index, field) in fields.enumerated() {
                guard response.headers[index].name == field.name else { return false }
                var value = response.headers[index].value
                let isWritten = value.withUTF8 { value in
                    guard value.count == field.value.count, value.allSatisfy({ $0 >= 0x20 }) else { return false }
                    memcpy(field.value.baseAddress!, value.baseAddress!, value.count)
                    return true
                }
                guard isWritten else { return false }
            }
            response.body.withUnsafeBufferPointer { bytes in
                if let start = bytes.baseAddress { memcpy(body.baseAddress!, start, bytes.count) }
            }
            return true
        }
    }

    /// Larger bodies are not copied.
    static let bodyMax = 4 << 10
    private static let fieldsMax = 12
    private static let capacity = 32
    private var templates: [Template] = []
    /// The shapes of the last responses without a template. One is made for a shape that occurs again.
    private var missed = [UInt64](repeating: 0, count: 64)
    private var next = 0

    /// A template with the texts of a response, busy from now on; nil if the response must be made.
    func take(_ response: borrowing Response) -> Template? {
        guard response.body.count <= Self.bodyMax, (1...Self.fieldsMax).contains(response.headers.count) else {
            return nil
        }
        let shape = Self.shape(response)
        for template in templates where template.shape == shape && !template.isBusy && template.fill(response) {
            template.isBusy = true
            return template
        }
        let place = Int(shape % UInt64(missed.count))
        guard missed[place] == shape else {
            missed[place] = shape
            return nil
        }
        guard let template = Template(response, shape), template.fill(response) else { return nil }
        keep(template)
        template.isBusy = true
        return template
    }

    /// Keeps a template, in place of another one that is not busy if there are many. Otherwise it is used only once.
    private func keep(_ template: Template) {
        guard templates.count == Self.capacity else { return templates.append(template) }
        for _ in 0..<Self.capacity {
            next = (next + 1) % Self.capacity
            guard templates[next].isBusy else { return templates[next] = template }
        }
    }

    /// A hash of the lengths of a response's texts; never 0.
    private static func shape(_ response: borrowing Response) -> UInt64 {
        var shape = UInt64(response.body.count)
        for header in response.headers {
            shape = (shape ^ UInt64(header.name.utf8.count)) &* 0x9E37_79B9_7F4A_7C15
            shape = (shape ^ UInt64(header.value.utf8.count)) &* 0xC2B2_AE3D_27D4_EB4F
        }
        return max(1, shape ^ shape >> 29)
    }
}

/// The fields that the library shows of a response.
private struct FoundFields {
    var rest: [(name: UnsafePointer<CChar>, value: UnsafePointer<CChar>)] = []

    /// The field with this name and value, which is not found again.
    mutating func take(_ name: String, _ value: String) -> ResponseTemplates.Template.Field? {
        let index = rest.firstIndex { String(cString: $0.name) == name && String(cString: $0.value) == value }
        guard let index else { return nil }
        let start = UnsafeMutableRawPointer(mutating: rest.remove(at: index).value)
        return ResponseTemplates.Template.Field(
            name: name,
            value: UnsafeMutableBufferPointer(
                start: start.assumingMemoryBound(to: UInt8.self), count: value.utf8.count))
    }
}

/// `MHD_KeyValueIterator` for the fields at `found`.
private func findField(
    _ found: UnsafeMutableRawPointer?, _ kind: MHD_ValueKind, _ name: UnsafePointer<CChar>?,
    _ value: UnsafePointer<CChar>?
) -> MHD_Result {
    guard let found, let name, let value else { return .NO }
    found.assumingMemoryBound(to: FoundFields.self).pointee.rest.append((name, value))
    return .YES
}
