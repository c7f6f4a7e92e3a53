import DriverConformance
import NestKVStorage

extension Driver {
    /// Sets leaves `test:fill:0000`, … with values that are hard to compress.
    func fill(_ count: Int, valueBytes: Int) async throws {
        for index in 0..<count {
            let name = String(repeating: "0", count: 4 - "\(index)".count) + "\(index)"
            let value = (0..<(valueBytes / 16)).map { _ in String(UInt64.random(in: .min ... .max), radix: 16) }
                .joined()
            try await put(["test", "fill", name], "\"\(value)\"")
        }
    }
}
